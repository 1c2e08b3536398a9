// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"errors"
	"testing"
	"time"

	"github.com/grafana/xk6-disruptor/pkg/kubernetes"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	k8serrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	k8stesting "k8s.io/client-go/testing"
)

const failing = `{ port: 'http', errorRate: 0.5, errorCode: 503 }`

// everyVerb calls each verb that breaks something.
var everyVerb = []string{
	`new PodDisruptor(pods).injectHTTPFaults(` + failing + `, '1s')`,
	`new PodDisruptor(pods).injectGrpcFaults({ port: 'grpc', errorRate: 1, statusCode: 14 }, '1s')`,
	`new PodDisruptor(pods).injectNetworkFaults({ protocol: 'udp' }, '1s')`,
	`new PodDisruptor(pods).terminatePods({ count: 1 })`,
}

func TestTargetsAreThePodsThatLive(t *testing.T) {
	leaving := podNamed("intake-2", func(pod *corev1.Pod) {
		pod.DeletionTimestamp, pod.Finalizers = &metav1.Time{Time: time.Now()}, []string{"example.org/wait"}
	})
	failed := podNamed("intake-3", func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodFailed })
	other := podNamed("ledger-0", func(pod *corev1.Pod) { pod.Labels["app"] = "ledger" })
	c := newCluster(t, podNamed("intake-0"), podNamed("intake-1"), leaving, failed, other, serviceNamed("intake", intake))
	require.Equal(t, []string{"intake-0", "intake-1"}, scriptIn(t, c).value(`new PodDisruptor(pods).targets()`))
	require.Equal(t, []string{"intake-0", "intake-1"}, scriptIn(t, c).value(`new ServiceDisruptor('intake', 'mesh').targets()`))
}

func TestASelectorThatFindsNothingIsAnError(t *testing.T) {
	c := newCluster(t, podNamed("ledger-0", func(pod *corev1.Pod) { pod.Labels["app"] = "ledger" }), serviceNamed("intake", intake))
	m := scriptIn(t, c)
	for _, call := range append(everyVerb, `new PodDisruptor(pods).targets()`, `new ServiceDisruptor('intake', 'mesh').targets()`) {
		require.Contains(t, m.thrown(call), "no pod lives among", call)
	}
	require.Contains(t, m.thrown(`new ServiceDisruptor('nobody', 'mesh').targets()`), `"nobody" not found`)
}

func TestAServiceThatSelectsNothingItselfStrikesNotTheWholeNamespace(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"), serviceNamed("outside", nil))
	require.Contains(t, scriptIn(t, c).thrown(`new ServiceDisruptor('outside', 'mesh').terminatePods({ count: 1 })`), "selects no pods itself")
}

func TestNoFaultWithoutTheLabelAndNothingIsTouched(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"), podNamed("intake-1", unlabelled), serviceNamed("intake", intake))
	m := scriptIn(t, c)
	service := `new ServiceDisruptor('intake', 'mesh').injectHTTPFaults({ port: 80, errorRate: 0.5, errorCode: 503 }, '1s')`
	for _, call := range append(everyVerb, service) {
		told := m.thrown(call)
		require.Contains(t, told, "nothing was touched: 1 of 2 pods", call)
		require.Contains(t, told, "meshcert.faults=allowed (intake-1)", call)
	}
	require.Empty(t, c.told())
	require.Empty(t, c.agents(t))
	require.Equal(t, []string{"intake-0"},
		m.value(`pods.select.labels['meshcert.faults'] = 'allowed'; new PodDisruptor(pods).terminatePods({ count: 1 })`))
}

func TestWhatIsForbiddenSaysWhichRoleIsMissing(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"))
	for _, forbidden := range []string{"list", "patch", "delete"} {
		c.client.PrependReactor(forbidden, "pods", func(k8stesting.Action) (bool, runtime.Object, error) {
			return true, nil, k8serrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "intake-0", errors.New("no RBAC policy matched"))
		})
	}
	told := scriptIn(t, c).thrown(everyVerb[0])
	require.Contains(t, told, "pods \"intake-0\" is forbidden: no RBAC policy matched")
	require.Contains(t, told, "k6/disruptor/README.md")

	c = newCluster(t, podNamed("intake-0"))
	c.client.PrependReactor("patch", "pods", func(k8stesting.Action) (bool, runtime.Object, error) {
		return true, nil, k8serrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "intake-0", errors.New("violates PodSecurity"))
	})
	told = scriptIn(t, c).thrown(everyVerb[0])
	require.Contains(t, told, "violates PodSecurity")
	require.Contains(t, told, "k6/disruptor/README.md")
	require.Empty(t, c.told())
}

func TestWhatCanNotBeInjectedIsRefusedBeforeAnAgentIsThereForGood(t *testing.T) {
	ended := corev1.ContainerStatus{Name: agentName, State: corev1.ContainerState{
		Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled"},
	}}
	for expected, change := range map[string]func(*corev1.Pod){
		"uses the network of its node":        func(pod *corev1.Pod) { pod.Spec.HostNetwork = true },
		"does not run yet":                    func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodPending },
		"has an agent that ended (OOMKilled)": func(pod *corev1.Pod) { pod.Status.EphemeralContainerStatuses = []corev1.ContainerStatus{ended} },
	} {
		c := newCluster(t, podNamed("intake-0"), podNamed("intake-1", change))
		for _, call := range everyVerb[:3] {
			require.Contains(t, scriptIn(t, c).thrown(call), `pod "intake-1" `+expected, call)
		}
		require.Empty(t, c.agents(t))
	}
	c := newCluster(t, podNamed("intake-0"))
	require.Contains(t, scriptIn(t, c).thrown(`new PodDisruptor(pods).injectHTTPFaults({ errorRate: 1, errorCode: 500 }, '1s')`), "declares the port 80")
	require.Empty(t, c.agents(t))
}

func TestWhatAScriptAsksForIsReadStrictly(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"), serviceNamed("intake", intake))
	m := scriptIn(t, c)
	for call, expected := range map[string]string{
		`new PodDisruptor()`:   "a pod selector is missing",
		`new PodDisruptor({})`: "selects everything",
		`new PodDisruptor({ namespace: 'mesh', labels: {} })`:                                             `unknown field "labels"`,
		`new PodDisruptor(pods, { injectTimeout: 30 })`:                                                   "30 is no duration",
		`new ServiceDisruptor('intake')`:                                                                  "the namespace of the service is missing",
		`new PodDisruptor(pods).injectHTTPFaults()`:                                                       "the fault is missing",
		`new PodDisruptor(pods).injectHTTPFaults({ port: 'http', errorRate: 0.5 }, '1s')`:                 "errorCode 0 is no status",
		`new PodDisruptor(pods).injectHTTPFaults({ port: 'http', errorRate: 50, errorCode: 500 }, '1s')`:  "a share from 0 to 1",
		`new PodDisruptor(pods).injectHTTPFaults({ port: 'http' }, '1s')`:                                 "neither delay nor errors",
		`new PodDisruptor(pods).injectHTTPFaults({ port: 'http', averageDelay: 100 }, '1s')`:              "100 is no duration",
		`new PodDisruptor(pods).injectHTTPFaults({ averageDelay: '1ms', delayVariation: '2ms' }, '1s')`:   "is more than averageDelay",
		`new PodDisruptor(pods).injectHTTPFaults({ averageDelay: '1500us' }, '1s')`:                       "whole milliseconds",
		`new PodDisruptor(pods).injectHTTPFaults(` + failing + `)`:                                        "duration is missing",
		`new PodDisruptor(pods).injectHTTPFaults(` + failing + `, '500ms')`:                               "at least one second",
		`new PodDisruptor(pods).injectHTTPFaults(` + failing + `, '1s', { port: 1 })`:                     `unknown field "port"`,
		`new PodDisruptor(pods).injectGrpcFaults({ port: 'grpc', errorRate: 1, statusCode: 503 }, '1s')`:  "no error of gRPC",
		`new PodDisruptor(pods).injectNetworkFaults({ port: 53 }, '1s')`:                                  "needs protocol",
		`new PodDisruptor(pods).injectNetworkFaults({ protocol: 'sctp' }, '1s')`:                          `"sctp" is none of`,
		`new PodDisruptor(pods).terminatePods({})`:                                                        "is neither a number of pods",
		`new PodDisruptor(pods).terminatePods({ count: 0 })`:                                              "is neither a number of pods",
		`new PodDisruptor(pods).terminatePods({ count: -1 })`:                                             "is neither a number of pods",
		`new PodDisruptor(pods).terminatePods({ count: '0%' })`:                                           "is neither a number of pods",
		`new PodDisruptor(pods).terminatePods({ count: 2 })`:                                              "cannot sample 2 pods out of a total of 1",
		`new ServiceDisruptor('intake', 'mesh').injectHTTPFaults({ port: 81, averageDelay: '1s' }, '1s')`: "does not expose the given svcPort",
	} {
		require.Contains(t, m.thrown(call), expected, call)
	}
	require.Empty(t, c.told())
	require.Empty(t, c.agents(t))
}

func TestWithoutAClusterDisruptorsAreMadeAndTheFirstFaultSaysWhatIsMissing(t *testing.T) {
	m := script(t, func() (kubernetes.Kubernetes, error) { return nil, errors.New("stat config: no such file") })
	m.value(`const made = new PodDisruptor(pods); new ServiceDisruptor('intake', 'mesh')`)
	told := m.thrown(`made.targets()`)
	require.Contains(t, told, "no such file")
	require.Contains(t, told, "KUBECONFIG")
}

func TestWhileAScriptIsReadNothingIsBroken(t *testing.T) {
	c := newCluster(t, podNamed("intake-0"))
	m := scriptIn(t, c)
	m.VU.StateField = nil
	require.Contains(t, m.thrown(everyVerb[3]), "call it in an iteration")
	require.Len(t, c.client.Actions(), 0)
}
