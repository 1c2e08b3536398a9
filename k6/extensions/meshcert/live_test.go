// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

func TestCellsAreThoseOfAnHdrHistogramWithThreeDigits(t *testing.T) {
	for micros, end := range map[float64]uint64{
		0: 0, 1: 1, 2_047: 2_047, 2_048: 2_049, 2_049: 2_049, 4_095: 4_095, 4_096: 4_099, 1_000_000: 1_000_447,
	} {
		// Half a microsecond less is rounded up to it, whatever the product's own rounding.
		require.Equal(t, end, cellEndMicros((micros-0.5)/1_000), "%v µs", micros)
	}
	require.Equal(t, uint64(2), cellEndMicros(0.0011), "rounded up, so that a cell never flatters")
	require.Equal(t, uint64(0), cellEndMicros(-1))
}

func TestLinesAddUpToEverySample(t *testing.T) {
	var said bytes.Buffer
	made, err := newLive(output.Params{StdOut: &said})
	require.NoError(t, err)
	require.NoError(t, made.Start())
	registry := metrics.NewRegistry()
	sampleOf := func(name string, kind metrics.MetricType, value float64) metrics.Sample {
		tags := registry.RootTagSet().With("name", "latency")
		series := metrics.TimeSeries{Metric: registry.MustNewMetric(name, kind), Tags: tags}
		return metrics.Sample{TimeSeries: series, Time: time.Now(), Value: value}
	}
	made.AddMetricSamples([]metrics.SampleContainer{metrics.Samples{
		sampleOf("mc_duration", metrics.Trend, 1.5),
		sampleOf("mc_duration", metrics.Trend, 1.5),
		sampleOf("mc_duration", metrics.Trend, 3),
		sampleOf("mc_finished", metrics.Counter, 2),
		sampleOf("mc_failure", metrics.Counter, 1),
		sampleOf("mc_check", metrics.Rate, 0),
		sampleOf("mc_check", metrics.Rate, 1),
		sampleOf("dropped_iterations", metrics.Counter, 4),
		sampleOf("http_reqs", metrics.Counter, 9),
	}})
	require.NoError(t, made.Stop())
	lines := strings.Split(strings.TrimSpace(said.String()), "\n")
	var last liveLine
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(lines[len(lines)-1], "live ")), &last))
	require.Equal(t, map[string]map[string]int{"latency": {"1500": 2, "3001": 1}}, last.Cells)
	require.Equal(t, []int{2, 1, 1, 4}, []int{last.Finished, last.Failures, last.ChecksFailed, last.Dropped})
	require.Positive(t, last.AtMs)
}
