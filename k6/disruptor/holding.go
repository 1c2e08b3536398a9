// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/grafana/xk6-disruptor/pkg/kubernetes"
	"github.com/grafana/xk6-disruptor/pkg/kubernetes/helpers"
)

// How long beyond its duration an agent may take to say that its fault is over, and how long one may
// take to end a fault early.
const patience = 15 * time.Second

// holding is the cluster as the library sees it while one fault is in force. The library lists its
// targets anew; here it is given the pods that were looked at, and no others.
type holding struct {
	kubernetes.Kubernetes
	targets   targets
	namespace string
	// How long the fault is asked to last; zero for one that needs no agent.
	duration time.Duration

	mutex sync.Mutex
	// Pods whose agent was told to begin, when the last of them was, and when the first one was over.
	begun                 []string
	lastBegan, firstEnded time.Time
}

func (h *holding) PodHelper(namespace string) helpers.PodHelper {
	return &heldPods{PodHelper: h.Kubernetes.PodHelper(namespace), holding: h}
}

type heldPods struct {
	helpers.PodHelper
	holding *holding
}

func (p *heldPods) List(context.Context, helpers.PodFilter) ([]corev1.Pod, error) {
	return p.holding.targets.pods, nil
}

// Exec runs a command of the agent and throws where a fault ended early or does not end: the agent
// keeps the time itself, so that a fault ends when everybody else is gone.
func (p *heldPods) Exec(ctx context.Context, pod, container string, command []string, input []byte) ([]byte, []byte, error) {
	if slices.Contains(command, "cleanup") {
		bounded, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		return p.PodHelper.Exec(bounded, pod, container, command, input)
	}
	started := time.Now()
	p.holding.begin(pod, started)
	// Told only after it was noted: whoever undoes either finds it noted, or has already cancelled.
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, p.holding.duration+patience)
	defer cancel()
	out, told, err := p.PodHelper.Exec(bounded, pod, container, command, input)
	ended := time.Now()
	if held := ended.Sub(started); err == nil && held < p.holding.duration {
		err = fmt.Errorf("its agent was done after %s of %s: the fault was not held", held.Round(time.Millisecond), p.holding.duration)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = fmt.Errorf("its agent has not said in %s that a fault of %s is over: delete the pod to be rid of it",
			p.holding.duration+patience, p.holding.duration)
	}
	p.holding.end(ended)
	return out, told, err
}

func (h *holding) begin(pod string, at time.Time) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	h.begun = append(h.begun, pod)
	if at.After(h.lastBegan) {
		h.lastBegan = at
	}
}

func (h *holding) end(at time.Time) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.firstEnded.IsZero() || at.Before(h.firstEnded) {
		h.firstEnded = at
	}
}

// undo ends the fault in every pod whose agent was told to begin. The library does so for the pod that
// failed alone, and behind the script's back.
func (h *holding) undo() error {
	h.mutex.Lock()
	pods := slices.Clone(h.begun)
	h.mutex.Unlock()
	// Whatever interrupted the script must not interrupt this.
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	problems := make([]error, len(pods))
	var all sync.WaitGroup
	for place, pod := range pods {
		all.Go(func() {
			_, _, err := h.Kubernetes.PodHelper(h.namespace).Exec(ctx, pod, agentName, []string{"xk6-disruptor-agent", "cleanup"}, nil)
			if err != nil {
				problems[place] = fmt.Errorf("pod %q may bear the fault until its %s are over: %w", pod, h.duration, err)
			}
		})
	}
	all.Wait()
	return errors.Join(problems...)
}
