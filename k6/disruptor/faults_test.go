// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const upstream = " --upstream-host 192.0.2.1"

func TestAFaultIsHeldForItsDurationAndToldOf(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"), podNamed("intake-1"))
	before := time.Now()
	held, isMap := scriptIn(t, c).value(`new PodDisruptor(pods).injectHTTPFaults({
		port: 'http', averageDelay: '150ms', delayVariation: '50ms', errorRate: 0.25, errorCode: 503, errorBody: 'away', exclude: '/health',
	}, '1s', { proxyPort: 9000 })`).(map[string]any)
	require.True(t, isMap)
	require.GreaterOrEqual(t, time.Since(before), time.Second)
	require.Equal(t, []string{"intake-0", "intake-1"}, held["pods"])
	require.GreaterOrEqual(t, held["startedAtMs"], before.UnixMilli())
	// Agents begin one after the other: all of them bear it for a little less than each.
	require.Greater(t, held["endedAtMs"].(int64)-held["startedAtMs"].(int64), int64(500))
	line := "xk6-disruptor-agent http -d 1s -t 8080 -a 150ms -v 50ms -e 503 -r 0.25 -b away -x /health -p 9000" + upstream
	require.Equal(t, []string{"intake-0: " + line, "intake-1: " + line}, c.told())
}

func TestWhatAFaultLeavesIsAnAgentWithItsRights(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"))
	scriptIn(t, c).value(everyVerb[0])
	require.Equal(t, []string{"intake-0"}, c.agents(t))
	pod, err := c.client.CoreV1().Pods("mesh").Get(t.Context(), "intake-0", metav1.GetOptions{})
	require.NoError(t, err)
	require.Equal(t, []corev1.Capability{"NET_ADMIN"}, pod.Spec.EphemeralContainers[0].SecurityContext.Capabilities.Add)
	// A second fault takes the agent that is there.
	scriptIn(t, c).value(everyVerb[2])
	require.Equal(t, []string{
		"intake-0: xk6-disruptor-agent http -d 1s -t 8080 -e 503 -r 0.5" + upstream,
		"intake-0: xk6-disruptor-agent network-drop -d 1s -P udp",
	}, c.told())
}

func TestPortsOfAServiceAreThoseOfItsPods(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"), serviceNamed("intake", intake))
	m := scriptIn(t, c)
	m.value(`new ServiceDisruptor('intake', 'mesh').injectHTTPFaults({ port: 80, averageDelay: '1s' }, '1s')`)
	m.value(`new ServiceDisruptor('intake', 'mesh').injectGrpcFaults({ port: 'calls', errorRate: 1, statusCode: 14, statusMessage: 'away' }, '1s')`)
	require.Equal(t, []string{
		// The library names the port twice.
		"intake-0: xk6-disruptor-agent grpc -d 1s -t 9090 -t 9090 -s 14 -r 1 -m away" + upstream,
		"intake-0: xk6-disruptor-agent http -d 1s -t 8080 -a 1000ms -v 0ms" + upstream,
	}, c.told())
}

func TestAPortThatPodsKnowByDifferentNumbersIsRefused(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"), podNamed("intake-1", func(pod *corev1.Pod) { pod.Spec.Containers[0].Ports[0].ContainerPort = 8081 }))
	require.Contains(t, scriptIn(t, c).thrown(everyVerb[0]), `port http is 8080 in some pods and 8081 in pod "intake-1"`)
}

func TestAFaultThatEndsEarlyWasNotHeld(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"))
	c.agent = func(context.Context, string) error { return nil }
	require.Contains(t, scriptIn(t, c).thrown(everyVerb[0]), "the fault was not held")
}

func TestWhatFailsInOnePodIsUndoneInAll(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"), podNamed("intake-1"))
	bearing := make(chan struct{})
	c.agent = func(ctx context.Context, pod string) error {
		if pod == "intake-0" {
			close(bearing)
			<-ctx.Done()
			return ctx.Err()
		}
		<-bearing
		return errors.New("disruptor did not receive any request")
	}
	require.Contains(t, scriptIn(t, c).thrown(everyVerb[0]), `pod "intake-1": disruptor did not receive any request`)
	require.Contains(t, c.told(), "intake-0: xk6-disruptor-agent cleanup")
	require.Contains(t, c.told(), "intake-1: xk6-disruptor-agent cleanup")
}

func TestAnInterruptedScriptUndoesItsFaultAndDoesNotEndWell(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"))
	m := scriptIn(t, c)
	c.agent = func(ctx context.Context, _ string) error {
		m.CancelContext()
		<-ctx.Done()
		return ctx.Err()
	}
	require.Contains(t, m.thrown(everyVerb[0]), "the script was interrupted")
	require.Contains(t, c.told(), "intake-0: xk6-disruptor-agent cleanup")
}

func TestTerminatedPodsAreNamed(t *testing.T) {
	for code, expected := range map[string][]string{
		`new PodDisruptor(pods).terminatePods({ count: 2 })`:                      {"intake-0", "intake-1"},
		`new PodDisruptor(pods).terminatePods({ count: '34%', timeout: '5s' })`:   {"intake-0"},
		`new ServiceDisruptor('intake', 'mesh').terminatePods({ count: '100%' })`: {"intake-0", "intake-1", "intake-2"},
	} {
		c := newCluster(t, podNamed("intake-0"), podNamed("intake-1"), podNamed("intake-2"), serviceNamed("intake", intake))
		require.Equal(t, expected, scriptIn(t, c).value(code), code)
		left, err := c.client.CoreV1().Pods("mesh").List(t.Context(), metav1.ListOptions{})
		require.NoError(t, err)
		require.Len(t, left.Items, 3-len(expected), code)
	}
}
