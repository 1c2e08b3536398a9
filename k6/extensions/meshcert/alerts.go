// SPDX-License-Identifier: AGPL-3.0-only

package meshcert

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	largestAlert = 64 * 1024
	settlePoll   = 20 * time.Millisecond
)

// receiver takes the alerts that a target routes to the suite and notes when each event's first
// alert had arrived completely. It is one per process: every VU awaits on the same one.
type receiver struct {
	mutex  sync.Mutex
	events map[string]*arrival
	// Events whose alert was awaited in vain and has not come since.
	overdue map[string]bool
	// Deliveries in all, repeats included: alerts are at-least-once outside the target's database.
	deliveries int
	// Deliveries that were no alert of the contract.
	malformed int
}

type arrival struct {
	arrived chan struct{}
	atMs    float64
}

var alerts = struct {
	sync.Once
	*receiver
	url string
	err error
}{receiver: newReceiver()}

func newReceiver() *receiver {
	return &receiver{events: map[string]*arrival{}, overdue: map[string]bool{}}
}

// alertURL starts the receiver on an ephemeral loopback port at the first call.
func (i *instance) alertURL() string {
	alerts.Do(func() { alerts.url, alerts.err = alerts.listen() })
	if alerts.err != nil {
		i.throw(alerts.err)
	}
	return alerts.url
}

func (r *receiver) listen() (string, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: r, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = server.Serve(listener) }() // ends with the process
	return "http://" + listener.Addr().String() + "/alerts", nil
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, largestAlert))
	at := nowMs()
	var alert struct {
		EventID string `json:"eventId"`
	}
	if err != nil || json.Unmarshal(body, &alert) != nil || alert.EventID == "" {
		r.mutex.Lock()
		r.malformed++
		r.mutex.Unlock()
		http.Error(w, "an alert is JSON with eventId", http.StatusBadRequest)
		return
	}
	r.deliver(alert.EventID, at)
	w.WriteHeader(http.StatusNoContent)
}

func (r *receiver) deliver(id string, atMs float64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.deliveries++
	event := r.eventOf(id)
	select {
	case <-event.arrived: // a repeat: the first one counts
	default:
		event.atMs = atMs
		close(event.arrived)
		delete(r.overdue, id)
	}
}

// eventOf needs the mutex. An alert may arrive before its event is awaited, and the other way round.
func (r *receiver) eventOf(id string) *arrival {
	event, ok := r.events[id]
	if !ok {
		event = &arrival{arrived: make(chan struct{})}
		r.events[id] = event
	}
	return event
}

// await blocks until the alert of id has arrived: the instant of its arrival, nil when it did not come in time.
func (r *receiver) await(ctx context.Context, id string, timeout time.Duration) *float64 {
	r.mutex.Lock()
	event := r.eventOf(id)
	r.mutex.Unlock()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-event.arrived:
		return &event.atMs
	case <-timer.C:
	case <-ctx.Done():
	}
	// select picks at random when both are ready: an alert that is there counts.
	r.mutex.Lock()
	defer r.mutex.Unlock()
	select {
	case <-event.arrived:
		return &event.atMs
	default:
		r.overdue[id] = true
		return nil
	}
}

// settle waits until no awaited alert is missing any more; the ids that still are when it gives up, sorted.
func (r *receiver) settle(ctx context.Context, timeout time.Duration) []string {
	deadline := time.Now().Add(timeout)
	for {
		r.mutex.Lock()
		missing := slices.Sorted(maps.Keys(r.overdue))
		r.mutex.Unlock()
		if len(missing) == 0 || time.Now().After(deadline) || ctx.Err() != nil {
			return missing
		}
		time.Sleep(settlePoll)
	}
}

// overdueAlerts waits up to timeoutMs for the alerts that were awaited in vain; the ids of those that
// never came. A late alert is late, and only one that is still missing in the end is lost.
func (i *instance) overdueAlerts(timeoutMs float64) []string {
	return alerts.settle(i.vu.Context(), milliseconds(timeoutMs))
}

// awaitAlert blocks this VU alone until the alert of event id has arrived: its arrival in host
// monotonic ms, or null when it did not arrive within timeoutMs.
func (i *instance) awaitAlert(id string, timeoutMs float64) *float64 {
	return alerts.await(i.vu.Context(), id, milliseconds(timeoutMs))
}

type alertFacts struct {
	Deliveries int `js:"deliveries" json:"deliveries"`
	Events     int `js:"events" json:"events"`
	Malformed  int `js:"malformed" json:"malformed"`
}

// alertCount tells what the receiver has taken so far.
func (i *instance) alertCount() alertFacts {
	alerts.mutex.Lock()
	defer alerts.mutex.Unlock()
	arrived := 0
	for _, event := range alerts.events {
		if event.atMs > 0 {
			arrived++
		}
	}
	return alertFacts{Deliveries: alerts.deliveries, Events: arrived, Malformed: alerts.malformed}
}
