// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"errors"
	"fmt"
	"sync"

	"github.com/grafana/sobek"
	"github.com/grafana/xk6-disruptor/pkg/kubernetes"
	"go.k6.io/k6/v2/js/common"
	"go.k6.io/k6/v2/js/modules"
)

func init() {
	modules.Register("k6/x/disruptor", &rootModule{connect: kubernetes.New})
}

// rootModule is one per process, instance one per VU; all VUs share one client.
type rootModule struct {
	connect func() (kubernetes.Kubernetes, error)

	mutex   sync.Mutex
	cluster kubernetes.Kubernetes
}

type instance struct {
	vu   modules.VU
	root *rootModule
}

var (
	_ modules.Module   = (*rootModule)(nil)
	_ modules.Instance = (*instance)(nil)
)

func (r *rootModule) NewModuleInstance(vu modules.VU) modules.Instance {
	return &instance{vu: vu, root: r}
}

func (i *instance) Exports() modules.Exports {
	return modules.Exports{Named: map[string]any{
		"PodDisruptor":     i.newPodDisruptor,
		"ServiceDisruptor": i.newServiceDisruptor,
	}}
}

// reach asks for the cluster at the first fault and not before, so that a script can be inspected,
// and its disruptors made, where there is none.
func (r *rootModule) reach() (kubernetes.Kubernetes, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.cluster != nil {
		return r.cluster, nil
	}
	cluster, err := r.connect()
	if err != nil {
		return nil, fmt.Errorf(
			"no cluster to bring faults into: %w. Run inside one, or name one file in KUBECONFIG whose current context is the cluster's", err)
	}
	r.cluster = cluster
	return cluster, nil
}

func (i *instance) newPodDisruptor(call sobek.ConstructorCall) *sobek.Object {
	var selector podSelector
	var options disruptorOptions
	err := errors.Join(
		decode("a pod selector", call.Argument(0), &selector),
		decodeOptional("options", call.Argument(1), &options),
	)
	if err == nil {
		err = selector.check()
	}
	if err != nil {
		common.Throw(i.vu.Runtime(), fmt.Errorf("PodDisruptor: %w", err))
	}
	made := &disruptor{instance: i, scope: selector.scope(), options: options}
	return i.object(map[string]verb{
		"targets":             made.targets,
		"injectHTTPFaults":    made.injectHTTPFaults,
		"injectGrpcFaults":    made.injectGrpcFaults,
		"injectNetworkFaults": made.injectNetworkFaults,
		"terminatePods":       made.terminatePods,
	})
}

func (i *instance) newServiceDisruptor(call sobek.ConstructorCall) *sobek.Object {
	var service, namespace string
	var options disruptorOptions
	err := errors.Join(
		decode("the name of a service", call.Argument(0), &service),
		decode("the namespace of the service", call.Argument(1), &namespace),
		decodeOptional("options", call.Argument(2), &options),
	)
	if err == nil && (service == "" || namespace == "") {
		err = errors.New("name both the service and its namespace")
	}
	if err != nil {
		common.Throw(i.vu.Runtime(), fmt.Errorf("ServiceDisruptor: %w", err))
	}
	made := &disruptor{instance: i, scope: scope{namespace: namespace, service: service}, options: options}
	return i.object(map[string]verb{
		"targets":          made.targets,
		"injectHTTPFaults": made.injectHTTPFaults,
		"injectGrpcFaults": made.injectGrpcFaults,
		"terminatePods":    made.terminatePods,
	})
}

// verb is what a script calls; its error becomes a JavaScript exception, which ends the iteration.
type verb func(arguments sobek.FunctionCall) (any, error)

func (i *instance) object(verbs map[string]verb) *sobek.Object {
	runtime := i.vu.Runtime()
	object := runtime.NewObject()
	for name, call := range verbs {
		err := object.Set(name, func(arguments sobek.FunctionCall) sobek.Value {
			if i.vu.State() == nil {
				common.Throw(runtime, fmt.Errorf("%s: call it in an iteration; while a script is read nothing is broken", name))
			}
			value, err := call(arguments)
			if err != nil {
				common.Throw(runtime, fmt.Errorf("%s: %w", name, explain(err)))
			}
			return runtime.ToValue(value)
		})
		if err != nil {
			common.Throw(runtime, err)
		}
	}
	return object
}
