// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/grafana/xk6-disruptor/pkg/kubernetes"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The test binary is a k6, too, so that scripts are run by what is built.
func TestMain(m *testing.M) {
	if os.Getenv("MESHCERT_AS_K6") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// server answers as an API server does to an account that may list and delete pods, and no more.
type server struct {
	mutex sync.Mutex
	pods  []corev1.Pod
}

func (s *server) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, name, isPod := strings.Cut(request.URL.Path, "/api/v1/namespaces/mesh/pods/")
	switch {
	case request.URL.Path == "/version":
		write(answer, http.StatusOK, map[string]string{"major": "1", "minor": "35"})
	case request.URL.Query().Get("watch") == "true":
		answer.Header().Set("Content-Type", "application/json")
		answer.WriteHeader(http.StatusOK)
	case request.Method == http.MethodGet && request.URL.Path == "/api/v1/namespaces/mesh/pods" &&
		request.URL.Query().Get("labelSelector") == "app=intake":
		write(answer, http.StatusOK, corev1.PodList{TypeMeta: metav1.TypeMeta{Kind: "PodList", APIVersion: "v1"}, Items: s.pods})
	case isPod && request.Method == http.MethodDelete && len(s.pods) > 0 && s.pods[0].Name == name:
		write(answer, http.StatusOK, s.pods[0])
		s.pods = s.pods[1:]
	case isPod && request.Method == http.MethodGet && (len(s.pods) == 0 || s.pods[0].Name != name):
		write(answer, http.StatusNotFound, status(http.StatusNotFound, metav1.StatusReasonNotFound, "no such pod"))
	default:
		write(answer, http.StatusForbidden, status(http.StatusForbidden, metav1.StatusReasonForbidden,
			"this account cannot "+request.Method+" "+request.URL.Path))
	}
}

func status(code int32, reason metav1.StatusReason, message string) metav1.Status {
	return metav1.Status{
		TypeMeta: metav1.TypeMeta{Kind: "Status", APIVersion: "v1"},
		Status:   metav1.StatusFailure, Code: code, Reason: reason, Message: message,
	}
}

func write(answer http.ResponseWriter, code int, value any) {
	answer.Header().Set("Content-Type", "application/json")
	answer.WriteHeader(code)
	_ = json.NewEncoder(answer).Encode(value)
}

// kubeconfig starts the server and names it in a file.
func kubeconfig(t *testing.T, pods ...corev1.Pod) string {
	t.Helper()
	listening := httptest.NewServer(&server{pods: pods})
	t.Cleanup(listening.Close)
	file := filepath.Join(t.TempDir(), "config")
	require.NoError(t, os.WriteFile(file, []byte(`{"apiVersion":"v1","kind":"Config","current-context":"fake",
		"contexts":[{"name":"fake","context":{"cluster":"fake","user":"suite"}}],
		"clusters":[{"name":"fake","cluster":{"server":"`+listening.URL+`"}}],"users":[{"name":"suite","user":{"token":"none"}}]}`), 0o600))
	return file
}

// k6 runs this binary as a k6 of its own; its exit code and all it said.
func k6(t *testing.T, config string, arguments ...string) (int, string) {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	run := exec.CommandContext(t.Context(), binary, arguments...)
	run.Env = append(os.Environ(), "MESHCERT_AS_K6=1", "KUBECONFIG="+config, "KUBERNETES_SERVICE_HOST=")
	said, err := run.CombinedOutput()
	if _, isExit := err.(*exec.ExitError); !isExit {
		require.NoError(t, err)
	}
	return run.ProcessState.ExitCode(), string(said)
}

func TestAgainstAnAPIServer(t *testing.T) {
	t.Setenv("KUBERNETES_SERVICE_HOST", "")
	t.Setenv("KUBECONFIG", kubeconfig(t, *podNamed("intake-0"), *podNamed("intake-1")))
	m := script(t, kubernetes.New)
	require.Equal(t, []string{"intake-0", "intake-1"}, m.value(`new PodDisruptor(pods).targets()`))
	require.Equal(t, []string{"intake-0"}, m.value(`new PodDisruptor(pods).terminatePods({ count: '50%' })`))
	require.Equal(t, []string{"intake-1"}, m.value(`new PodDisruptor(pods).targets()`))
	told := m.thrown(everyVerb[0])
	require.Contains(t, told, "this account cannot GET /api/v1/namespaces/mesh/pods/intake-1")
	require.Contains(t, told, "k6/disruptor/README.md")
}

func TestTheExampleIsReadWhereThereIsNoCluster(t *testing.T) {
	code, said := k6(t, filepath.Join(t.TempDir(), "nowhere"), "inspect", "--execution-requirements",
		"-e", "SERVICE=intake", "-e", "NAMESPACE=mesh", "-e", "URL=http://127.0.0.1:9", "lost-pod.ts")
	require.Zero(t, code, said)
	require.Contains(t, said, `"pods_struck"`)
}

func TestARunOfABinaryOfOursTerminatesAPod(t *testing.T) {
	file := filepath.Join(t.TempDir(), "script.ts")
	require.NoError(t, os.WriteFile(file, []byte(`
		import exec from 'k6/execution'
		import { PodDisruptor } from 'k6/x/disruptor'
		const disruptor = new PodDisruptor({ namespace: 'mesh', select: { labels: { app: 'intake' } } })
		export default function () {
			try { console.log('terminated ' + disruptor.terminatePods({ count: 1 })) } catch (error) { exec.test.abort(String(error)) }
		}`), 0o600))
	code, said := k6(t, kubeconfig(t, *podNamed("intake-0")), "run", "--quiet", file)
	require.Zero(t, code, said)
	require.Contains(t, said, "terminated intake-0")

	code, said = k6(t, kubeconfig(t, *podNamed("intake-0", unlabelled)), "run", "--quiet", file)
	require.Equal(t, 108, code, said)
	require.Contains(t, said, "nothing was touched")
}
