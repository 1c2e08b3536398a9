// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/bits"
	"strconv"
	"time"

	"go.k6.io/k6/v2/metrics"
	"go.k6.io/k6/v2/output"
)

func init() {
	output.RegisterExtension("meshcert-live", newLive)
}

// How often a generator tells what happened since it last did.
const livePeriod = time.Second

// live is the output `--out meshcert-live`: one line on standard output a second, with everything
// since the line before, so that the lines of several generators add up while they run. Latencies
// travel as cells of an HdrHistogram with three significant digits over whole microseconds, the same
// cells as in the evidence: adding them up is exact.
type live struct {
	output.SampleBuffer
	flusher *output.PeriodicFlusher
	out     io.Writer
}

// liveLine is the JSON behind `live `.
type liveLine struct {
	AtMs     float64 `json:"atMs"`
	Finished int     `json:"finished"`
	Failures int     `json:"failures"`
	// ChecksFailed counts yes-or-no checks that did not hold.
	ChecksFailed int `json:"checksFailed"`
	Dropped      int `json:"dropped"`
	// Cells: by name of the quantity, how many latencies lie in the cell with this upper end, in µs.
	Cells map[string]map[string]int `json:"cells"`
}

func newLive(params output.Params) (output.Output, error) {
	return &live{out: params.StdOut}, nil
}

func (*live) Description() string { return "meshcert-live" }

func (l *live) Start() error {
	flusher, err := output.NewPeriodicFlusher(livePeriod, l.flush)
	l.flusher = flusher
	return err
}

func (l *live) Stop() error {
	l.flusher.Stop()
	return nil
}

func (l *live) flush() {
	line := liveLine{AtMs: nowMs(), Cells: map[string]map[string]int{}}
	for _, container := range l.GetBufferedSamples() {
		for _, sample := range container.GetSamples() {
			line.add(sample)
		}
	}
	text, err := json.Marshal(line)
	if err != nil {
		return
	}
	_, _ = fmt.Fprintf(l.out, "live %s\n", text)
}

func (line *liveLine) add(sample metrics.Sample) {
	switch sample.Metric.Name {
	case "mc_duration":
		name, _ := sample.Tags.Get("name")
		cells := line.Cells[name]
		if cells == nil {
			cells = map[string]int{}
			line.Cells[name] = cells
		}
		cells[strconv.FormatUint(cellEndMicros(sample.Value), 10)]++
	case "mc_finished":
		line.Finished += int(sample.Value)
	case "mc_failure":
		line.Failures += int(sample.Value)
	case "dropped_iterations":
		line.Dropped += int(sample.Value)
	case "mc_check":
		if sample.Value == 0 {
			line.ChecksFailed++
		}
	}
}

// cellEndMicros is the upper end, in µs, of the HdrHistogram cell of a latency in ms: values are
// rounded up to whole microseconds, then to 2,048 cells for each power of two.
func cellEndMicros(ms float64) uint64 {
	micros := uint64(math.Ceil(math.Max(0, ms) * 1_000))
	shift := bits.Len64(micros|2_047) - 11
	return micros>>shift<<shift + 1<<shift - 1
}
