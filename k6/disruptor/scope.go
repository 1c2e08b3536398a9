// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/grafana/xk6-disruptor/pkg/disruptors"
	"github.com/grafana/xk6-disruptor/pkg/kubernetes"
	"github.com/grafana/xk6-disruptor/pkg/kubernetes/helpers"
	"github.com/grafana/xk6-disruptor/pkg/types/intstr"
	"github.com/grafana/xk6-disruptor/pkg/utils"
	corev1 "k8s.io/api/core/v1"
	k8serrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Whoever can miss a pod for a while says so by this label on it, as a target file says faults: 'allowed'.
const (
	consentLabel = "meshcert.faults"
	consentValue = "allowed"
)

// scope says which pods a disruptor strikes: those that a filter lets through, or those behind a service.
type scope struct {
	namespace string
	filter    helpers.PodFilter
	service   string
}

// targets are the pods that were found and may be struck, and the service that they are behind, if any.
type targets struct {
	pods    []corev1.Pod
	service *corev1.Service
}

func (t targets) names() []string {
	return utils.PodNames(t.pods)
}

func (s scope) String() string {
	if s.service != "" {
		return fmt.Sprintf("service %q in namespace %q", s.service, s.namespace)
	}
	return disruptors.PodSelectorSpec{
		Namespace: s.namespace,
		Select:    disruptors.PodAttributes{Labels: s.filter.Select},
		Exclude:   disruptors.PodAttributes{Labels: s.filter.Exclude},
	}.String()
}

// find lists the pods of the scope that live, and throws where there is none or where one is not
// labelled: a fault that strikes nothing proves nothing, and none strikes whom nobody gave.
func (s scope) find(ctx context.Context, cluster kubernetes.Kubernetes) (targets, error) {
	var found targets
	filter := s.filter
	if s.service != "" {
		service, err := cluster.Client().CoreV1().Services(s.namespace).Get(ctx, s.service, metav1.GetOptions{})
		if err != nil {
			return targets{}, err
		}
		if len(service.Spec.Selector) == 0 {
			return targets{}, fmt.Errorf("%s selects no pods itself: choose them by a PodDisruptor", s)
		}
		found.service, filter.Select = service, service.Spec.Selector
	}
	listed, err := cluster.PodHelper(s.namespace).List(ctx, filter)
	if err != nil {
		return targets{}, err
	}
	var strangers []string
	for _, pod := range listed {
		if pod.DeletionTimestamp != nil || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
			continue
		}
		found.pods = append(found.pods, pod)
		if pod.Labels[consentLabel] != consentValue {
			strangers = append(strangers, pod.Name)
		}
	}
	if len(found.pods) == 0 {
		return targets{}, fmt.Errorf("no pod lives among %s: nothing would be struck. Check the labels and the namespace", s)
	}
	if len(strangers) > 0 {
		return targets{}, fmt.Errorf(
			"no fault is brought in, and nothing was touched: %d of %d pods of %s do not carry the label %s=%s (%s). Label those that may be broken, or select them alone",
			len(strangers), len(found.pods), s, consentLabel, consentValue, strings.Join(strangers, ", "))
	}
	return found, nil
}

// portInPods is the port by which the pods know what a script calls by the service's port.
func (t targets) portInPods(port figure) (intstr.IntOrString, error) {
	if t.service == nil {
		if port == "" || port == "0" {
			return disruptors.DefaultTargetPort, nil
		}
		return intstr.IntOrString(port), nil
	}
	if len(t.service.Spec.Ports) == 0 {
		return intstr.NullValue, fmt.Errorf("service %q has no ports", t.service.Name)
	}
	return utils.GetTargetPort(*t.service, intstr.IntOrString(port))
}

// agentName is the library's name of the container that brings faults in from within a pod.
const agentName = "xk6-agent"

// demandInjectable throws for a pod into which no fault can be brought, before an agent is attached to
// any: none can be taken out of a pod again.
func (t targets) demandInjectable() error {
	for _, pod := range t.pods {
		if why := notInjectable(pod); why != "" {
			return fmt.Errorf("pod %q %s", pod.Name, why)
		}
	}
	return nil
}

func notInjectable(pod corev1.Pod) string {
	switch {
	case pod.Status.Phase != corev1.PodRunning || pod.Status.PodIP == "":
		return "does not run yet: wait until it is ready"
	case pod.Spec.HostNetwork:
		return "uses the network of its node: a fault would strike everything there"
	}
	for _, agent := range pod.Status.EphemeralContainerStatuses {
		if agent.Name == agentName && agent.State.Terminated != nil {
			return fmt.Sprintf("has an agent that ended (%s) and can't be started again: delete the pod", agent.State.Terminated.Reason)
		}
	}
	return ""
}

// commonPort is the number of a port, which must be the same in all pods and declared by each.
func (t targets) commonPort(port intstr.IntOrString) (intstr.IntOrString, error) {
	common := intstr.NullValue
	for _, pod := range t.pods {
		number, err := utils.FindPort(port, pod)
		if err != nil {
			return intstr.NullValue, fmt.Errorf("no container of pod %q declares the port %s: add it to its ports, or name another", pod.Name, port)
		}
		if common != intstr.NullValue && common != number {
			return intstr.NullValue, fmt.Errorf("port %s is %s in some pods and %s in pod %q: give a number, or select them apart", port, common, number, pod.Name)
		}
		common = number
	}
	return common, nil
}

// explain adds the next step to what an API server refuses.
func explain(err error) error {
	switch {
	case k8serrors.IsForbidden(err):
		return fmt.Errorf("%w. Give this account the role in k6/disruptor/README.md", err)
	case k8serrors.IsUnauthorized(err):
		return fmt.Errorf("%w. The credentials in KUBECONFIG are not good for this cluster", err)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%w: the script was interrupted", err)
	}
	return err
}
