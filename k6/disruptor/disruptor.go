// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/grafana/sobek"
	"github.com/grafana/xk6-disruptor/pkg/disruptors"
	"github.com/grafana/xk6-disruptor/pkg/types/intstr"
)

// disruptor is what a script makes once and calls for each fault.
type disruptor struct {
	instance *instance
	scope    scope
	options  disruptorOptions
}

// asked reads what a script asks for, and refuses what would be no fault.
func asked[F interface{ check() error }](what string, written sobek.Value) (F, error) {
	var fault F
	err := decode(what, written, &fault)
	if err == nil {
		err = fault.check()
	}
	return fault, err
}

func (d *disruptor) targets(sobek.FunctionCall) (any, error) {
	cluster, err := d.instance.root.reach()
	if err != nil {
		return nil, err
	}
	found, err := d.scope.find(d.instance.vu.Context(), cluster)
	if err != nil {
		return nil, err
	}
	return found.names(), nil
}

func (d *disruptor) injectHTTPFaults(call sobek.FunctionCall) (any, error) {
	fault, err := asked[httpFault]("the fault", call.Argument(0))
	if err != nil {
		return nil, err
	}
	var options injectionOptions
	if err := decodeOptional("options", call.Argument(2), &options); err != nil {
		return nil, err
	}
	return d.inject(call.Argument(1), &fault.Port,
		func(ctx context.Context, library disruptors.PodDisruptor, port intstr.IntOrString, duration time.Duration) error {
			return library.InjectHTTPFaults(ctx, fault.at(port), duration,
				disruptors.HTTPDisruptionOptions{ProxyPort: uint(options.ProxyPort)})
		})
}

func (d *disruptor) injectGrpcFaults(call sobek.FunctionCall) (any, error) {
	fault, err := asked[grpcFault]("the fault", call.Argument(0))
	if err != nil {
		return nil, err
	}
	var options injectionOptions
	if err := decodeOptional("options", call.Argument(2), &options); err != nil {
		return nil, err
	}
	return d.inject(call.Argument(1), &fault.Port,
		func(ctx context.Context, library disruptors.PodDisruptor, port intstr.IntOrString, duration time.Duration) error {
			return library.InjectGrpcFaults(ctx, fault.at(port), duration,
				disruptors.GrpcDisruptionOptions{ProxyPort: uint(options.ProxyPort)})
		})
}

func (d *disruptor) injectNetworkFaults(call sobek.FunctionCall) (any, error) {
	fault, err := asked[networkFault]("the fault", call.Argument(0))
	if err != nil {
		return nil, err
	}
	return d.inject(call.Argument(1), nil,
		func(ctx context.Context, library disruptors.PodDisruptor, _ intstr.IntOrString, duration time.Duration) error {
			return library.InjectNetworkFaults(ctx, disruptors.NetworkFault{Port: uint(fault.Port), Protocol: fault.Protocol}, duration)
		})
}

type injection func(context.Context, disruptors.PodDisruptor, intstr.IntOrString, time.Duration) error

// inject holds a fault in every target and blocks until it is over. What goes wrong on the way is
// undone wherever the fault may be.
func (d *disruptor) inject(written sobek.Value, port *figure, begin injection) (any, error) {
	duration, err := lasting(written)
	if err != nil {
		return nil, err
	}
	cluster, err := d.instance.root.reach()
	if err != nil {
		return nil, err
	}
	ctx := d.instance.vu.Context()
	found, err := d.scope.find(ctx, cluster)
	if err == nil {
		err = found.demandInjectable()
	}
	if err != nil {
		return nil, err
	}
	number := intstr.NullValue
	if port != nil {
		if number, err = found.portInPods(*port); err == nil {
			number, err = found.commonPort(number)
		}
		if err != nil {
			return nil, err
		}
	}
	held := &holding{Kubernetes: cluster, targets: found, namespace: d.scope.namespace, duration: duration}
	library, err := disruptors.NewPodDisruptor(ctx, held,
		disruptors.PodSelectorSpec{Namespace: d.scope.namespace},
		disruptors.PodDisruptorOptions{InjectTimeout: time.Duration(d.options.InjectTimeout)})
	if err == nil {
		err = begin(ctx, library, number, duration)
	}
	// An interrupted library may say that all went well.
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, errors.Join(err, held.undo())
	}
	// As Date.now() tells time.
	return map[string]any{
		"pods":        found.names(),
		"startedAtMs": held.lastBegan.UnixMilli(),
		"endedAtMs":   held.firstEnded.UnixMilli(),
	}, nil
}

// terminatePods deletes the first of the targets by name, gracefully, and tells which.
func (d *disruptor) terminatePods(call sobek.FunctionCall) (any, error) {
	fault, err := asked[podTermination]("what to terminate", call.Argument(0))
	if err != nil {
		return nil, err
	}
	cluster, err := d.instance.root.reach()
	if err != nil {
		return nil, err
	}
	ctx := d.instance.vu.Context()
	found, err := d.scope.find(ctx, cluster)
	if err != nil {
		return nil, err
	}
	library, err := disruptors.NewPodDisruptor(ctx, &holding{Kubernetes: cluster, targets: found, namespace: d.scope.namespace},
		disruptors.PodSelectorSpec{Namespace: d.scope.namespace}, disruptors.PodDisruptorOptions{})
	if err != nil {
		return nil, err
	}
	names, err := library.TerminatePods(ctx,
		disruptors.PodTerminationFault{Count: intstr.IntOrString(fault.Count), Timeout: time.Duration(fault.Timeout)})
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, fmt.Errorf("terminating %v: %w", names, err)
	}
	return names, nil
}
