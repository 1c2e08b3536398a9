// SPDX-License-Identifier: AGPL-3.0-only

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/grafana/sobek"
	"github.com/grafana/xk6-disruptor/pkg/disruptors"
	"github.com/grafana/xk6-disruptor/pkg/kubernetes/helpers"
	"github.com/grafana/xk6-disruptor/pkg/types/intstr"
	"go.k6.io/k6/v2/js/common"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// decode reads an argument of a script strictly: a key that nobody knows, or a figure without its unit,
// is refused before anything is touched.
func decode(what string, value sobek.Value, into any) error {
	if common.IsNullish(value) {
		return fmt.Errorf("%s is missing", what)
	}
	text, err := json.Marshal(value.Export())
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		err = decoder.Decode(into)
	}
	if err != nil {
		return fmt.Errorf("%s can't be read: %s", what, strings.TrimPrefix(err.Error(), "json: "))
	}
	return nil
}

func decodeOptional(what string, value sobek.Value, into any) error {
	if common.IsNullish(value) {
		return nil
	}
	return decode(what, value, into)
}

// span is a duration as scripts write it, with its unit.
type span time.Duration

func (s *span) UnmarshalJSON(text []byte) error {
	var written string
	if json.Unmarshal(text, &written) != nil {
		return fmt.Errorf("%s is no duration: write it with its unit, as '10s'", text)
	}
	parsed, err := time.ParseDuration(written)
	if err != nil || parsed < 0 {
		return fmt.Errorf("%q is no duration: write it as '10s' or '150ms'", written)
	}
	*s = span(parsed)
	return nil
}

// figure is a number or a word: a port by number or name, a count or a share.
type figure string

func (f *figure) UnmarshalJSON(text []byte) error {
	var number int32
	if json.Unmarshal(text, &number) == nil {
		*f = figure(strconv.Itoa(int(number)))
		return nil
	}
	var word string
	if json.Unmarshal(text, &word) != nil {
		return fmt.Errorf("%s is neither a whole number nor a text", text)
	}
	*f = figure(word)
	return nil
}

type podAttributes struct {
	Labels map[string]string `json:"labels"`
}

type podSelector struct {
	Namespace string        `json:"namespace"`
	Select    podAttributes `json:"select"`
	Exclude   podAttributes `json:"exclude"`
}

func (s podSelector) check() error {
	if s.Namespace == "" && len(s.Select.Labels) == 0 && len(s.Exclude.Labels) == 0 {
		return errors.New("the selector selects everything: name a namespace or labels")
	}
	return nil
}

func (s podSelector) scope() scope {
	namespace := s.Namespace
	if namespace == "" {
		namespace = metav1.NamespaceDefault
	}
	return scope{
		namespace: namespace,
		filter:    helpers.PodFilter{Select: s.Select.Labels, Exclude: s.Exclude.Labels},
	}
}

type disruptorOptions struct {
	InjectTimeout span `json:"injectTimeout"`
}

type injectionOptions struct {
	ProxyPort uint16 `json:"proxyPort"`
}

// protocolFault is what faults of HTTP and of gRPC have in common.
type protocolFault struct {
	Port           figure  `json:"port"`
	AverageDelay   span    `json:"averageDelay"`
	DelayVariation span    `json:"delayVariation"`
	ErrorRate      float32 `json:"errorRate"`
	Exclude        string  `json:"exclude"`
}

// check refuses what the agent would refuse only once it is in the pod, where it stays for good, and
// what would be no fault at all.
func (f protocolFault) check() error {
	delay, variation := time.Duration(f.AverageDelay), time.Duration(f.DelayVariation)
	switch {
	case f.ErrorRate < 0 || f.ErrorRate > 1:
		return fmt.Errorf("errorRate is a share from 0 to 1, not %v", f.ErrorRate)
	case delay == 0 && f.ErrorRate == 0:
		return errors.New("the fault asks for neither delay nor errors: give averageDelay, errorRate or both")
	case variation > delay:
		return fmt.Errorf("delayVariation %s is more than averageDelay %s", variation, delay)
	case delay%time.Millisecond != 0 || variation%time.Millisecond != 0:
		return errors.New("delays are whole milliseconds")
	}
	return nil
}

type httpFault struct {
	protocolFault
	ErrorCode uint   `json:"errorCode"`
	ErrorBody string `json:"errorBody"`
}

func (f httpFault) check() error {
	if f.ErrorRate > 0 && (f.ErrorCode < 100 || f.ErrorCode > 599) {
		return fmt.Errorf("errorCode %d is no status of HTTP: give the one that failing requests are answered with", f.ErrorCode)
	}
	return f.protocolFault.check()
}

func (f httpFault) at(port intstr.IntOrString) disruptors.HTTPFault {
	return disruptors.HTTPFault{
		Port:           port,
		AverageDelay:   time.Duration(f.AverageDelay),
		DelayVariation: time.Duration(f.DelayVariation),
		ErrorRate:      f.ErrorRate,
		ErrorCode:      f.ErrorCode,
		ErrorBody:      f.ErrorBody,
		Exclude:        f.Exclude,
	}
}

type grpcFault struct {
	protocolFault
	StatusCode    int32  `json:"statusCode"`
	StatusMessage string `json:"statusMessage"`
}

func (f grpcFault) check() error {
	if f.ErrorRate > 0 && (f.StatusCode < 1 || f.StatusCode > 16) {
		return fmt.Errorf("statusCode %d is no error of gRPC: give one from 1 to 16", f.StatusCode)
	}
	return f.protocolFault.check()
}

func (f grpcFault) at(port intstr.IntOrString) disruptors.GrpcFault {
	return disruptors.GrpcFault{
		Port:           port,
		AverageDelay:   time.Duration(f.AverageDelay),
		DelayVariation: time.Duration(f.DelayVariation),
		ErrorRate:      f.ErrorRate,
		StatusCode:     f.StatusCode,
		StatusMessage:  f.StatusMessage,
		Exclude:        f.Exclude,
	}
}

type networkFault struct {
	Port     uint16 `json:"port"`
	Protocol string `json:"protocol"`
}

func (f networkFault) check() error {
	switch f.Protocol {
	case "tcp", "udp":
		return nil
	case "", "icmp":
		if f.Port != 0 {
			return errors.New("a port needs protocol 'tcp' or 'udp'")
		}
		return nil
	}
	return fmt.Errorf("protocol %q is none of 'tcp', 'udp' and 'icmp'", f.Protocol)
}

type podTermination struct {
	Count   figure `json:"count"`
	Timeout span   `json:"timeout"`
}

func (t podTermination) check() error {
	text, isShare := strings.CutSuffix(string(t.Count), "%")
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || (isShare && number > 100) {
		return fmt.Errorf("count %q is neither a number of pods from 1 nor a share from '1%%' to '100%%'", t.Count)
	}
	return nil
}

// lasting reads how long a fault is to be in force; the agent holds hundredths of a second, from one second.
func lasting(value sobek.Value) (time.Duration, error) {
	var written span
	if err := decode("the fault's duration", value, &written); err != nil {
		return 0, err
	}
	duration := time.Duration(written)
	if duration < time.Second || duration%(10*time.Millisecond) != 0 {
		return 0, fmt.Errorf("the fault's duration %s is not at least one second in steps of 10 ms", duration)
	}
	return duration, nil
}
