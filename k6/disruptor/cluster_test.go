// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/grafana/xk6-disruptor/pkg/kubernetes"
	"github.com/grafana/xk6-disruptor/pkg/kubernetes/helpers"
	"github.com/stretchr/testify/require"
	"go.k6.io/k6/v2/js/modulestest"
	"go.k6.io/k6/v2/lib"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/kubernetes/fake"
	k8stesting "k8s.io/client-go/testing"
)

// command is one that an agent was given.
type command struct {
	pod, line string
	at        time.Time
}

// cluster is a fake API server whose agents do as the test says.
type cluster struct {
	*kubernetes.FakeKubernetes
	client *fake.Clientset
	// What an agent does when it is told to bring a fault in; it holds the fault for its duration if nil.
	agent func(ctx context.Context, pod string) error

	mutex    sync.Mutex
	commands []command
}

func newCluster(t *testing.T, objects ...runtime.Object) *cluster {
	t.Helper()
	client := fake.NewSimpleClientset(objects...)
	library, err := kubernetes.NewFakeKubernetes(client)
	require.NoError(t, err)
	made := &cluster{FakeKubernetes: library, client: client}
	client.PrependReactor("patch", "pods", made.attach)
	return made
}

// attach does what API server and kubelet do with a patch of ephemeral containers: they run.
func (c *cluster) attach(action k8stesting.Action) (bool, runtime.Object, error) {
	patch := action.(k8stesting.PatchAction)
	if patch.GetSubresource() != "ephemeralcontainers" {
		return false, nil, nil
	}
	found, err := c.client.Tracker().Get(patch.GetResource(), patch.GetNamespace(), patch.GetName())
	if err != nil {
		return true, nil, err
	}
	pod := found.(*corev1.Pod).DeepCopy()
	if err := json.Unmarshal(patch.GetPatch(), pod); err != nil {
		return true, nil, err
	}
	pod.Status.EphemeralContainerStatuses = []corev1.ContainerStatus{
		{Name: agentName, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}},
	}
	return true, pod, c.client.Tracker().Update(patch.GetResource(), pod, pod.Namespace)
}

func (c *cluster) PodHelper(namespace string) helpers.PodHelper {
	return helpers.NewPodHelper(c.client, c, namespace)
}

func (c *cluster) Exec(ctx context.Context, pod, _, _ string, words []string, _ []byte) ([]byte, []byte, error) {
	line := strings.Join(words, " ")
	c.mutex.Lock()
	c.commands = append(c.commands, command{pod: pod, line: line, at: time.Now()})
	c.mutex.Unlock()
	if strings.HasSuffix(line, " cleanup") {
		return nil, nil, nil
	}
	if c.agent != nil {
		return nil, nil, c.agent(ctx, pod)
	}
	duration, err := time.ParseDuration(words[slices.Index(words, "-d")+1])
	if err != nil {
		return nil, nil, err
	}
	select {
	case <-time.After(duration):
		return nil, nil, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// told are the commands that agents were given, `POD: LINE`, in the order of their text.
func (c *cluster) told() []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var lines []string
	for _, given := range c.commands {
		lines = append(lines, given.pod+": "+given.line)
	}
	slices.Sort(lines)
	return lines
}

// agents are the pods that an agent was attached to.
func (c *cluster) agents(t *testing.T) []string {
	t.Helper()
	pods, err := c.client.CoreV1().Pods(metav1.NamespaceAll).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	var names []string
	for _, pod := range pods.Items {
		if len(pod.Spec.EphemeralContainers) > 0 {
			names = append(names, pod.Name)
		}
	}
	return names
}

// podNamed is one of the application `app` that runs, may be broken, and serves `http` at 8080 and `grpc` at 9090.
func podNamed(name string, changes ...func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, Namespace: "mesh", Labels: map[string]string{"app": "intake", consentLabel: consentValue},
		},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Ports: []corev1.ContainerPort{
			{Name: "http", ContainerPort: 8080}, {Name: "grpc", ContainerPort: 9090},
		}}}},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, PodIP: "192.0.2.1"},
	}
	for _, change := range changes {
		change(pod)
	}
	return pod
}

func unlabelled(pod *corev1.Pod) { delete(pod.Labels, consentLabel) }

// serviceNamed calls its pods' `http` by port 80 and their `grpc` by port 90.
func serviceNamed(name string, selector map[string]string) *corev1.Service {
	return &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "mesh"},
		Spec: corev1.ServiceSpec{Selector: selector, Ports: []corev1.ServicePort{
			{Name: "web", Port: 80, TargetPort: intstr.FromString("http")},
			{Name: "calls", Port: 90, TargetPort: intstr.FromString("grpc")},
		}},
	}
}

var intake = map[string]string{"app": "intake"}

type machine struct {
	*modulestest.Runtime
	t *testing.T
}

// script is a VU in an iteration, with the extension's classes as globals.
func script(t *testing.T, connect func() (kubernetes.Kubernetes, error)) machine {
	t.Helper()
	made := machine{Runtime: modulestest.NewRuntime(t), t: t}
	root := &rootModule{connect: connect}
	for name, export := range root.NewModuleInstance(made.VU).Exports().Named {
		require.NoError(t, made.VU.Runtime().Set(name, export))
	}
	_, err := made.VU.Runtime().RunString(`var pods = { namespace: 'mesh', select: { labels: { app: 'intake' } } }`)
	require.NoError(t, err)
	made.MoveToVUContext(&lib.State{})
	return made
}

func scriptIn(t *testing.T, c *cluster) machine {
	t.Helper()
	return script(t, func() (kubernetes.Kubernetes, error) { return c, nil })
}

// value is what the code comes to; what it throws fails the test.
func (m machine) value(code string) any {
	m.t.Helper()
	value, err := m.VU.Runtime().RunString(code)
	require.NoError(m.t, err)
	return value.Export()
}

// thrown is the text of what the code must throw.
func (m machine) thrown(code string) string {
	m.t.Helper()
	value, err := m.VU.Runtime().RunString("(() => { try { " + code + " } catch (error) { return String(error) } return 'nothing thrown' })()")
	require.NoError(m.t, err)
	return value.String()
}
