// A network emulator for containers: it lays paths on the ways between them from outside, without netem, which not every
// kernel has. In the network namespace of each receiver arriving packets are queued for it (NFQUEUE, with bypass); it
// delays, drops, doubles and damages them as the paths say. The fault is in force as long as it lives and its lease is
// renewed: when it is gone, however it ended, the kernel lets everything pass.
//
// Its argument is JSON: the order. It reads `renew` and `undo`, a line each, and tells `{"injected":true}` once the paths lie
// and `{"undone":true,"residue":[…]}` once they are taken back. The end of its input takes them back as well.
//
// With `remove PID…` it takes back what one that was killed has left, and prints what it could not.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Of all queues of a namespace, one that nobody else is likely to use.
const queueNumber = 9_413

type container struct {
	Pid     int    `json:"pid"`
	Address string `json:"address"`
}

type order struct {
	LeaseMs    float64     `json:"leaseMs"`
	Seed       string      `json:"seed"`
	Containers []container `json:"containers"`
	Rules      []rule      `json:"rules"`
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == "version" {
		fmt.Println("meshcert emulator")
		return
	}
	if len(os.Args) >= 2 && os.Args[1] == "remove" {
		os.Exit(remove(os.Args[2:]))
	}
	var asked order
	if len(os.Args) != 2 || json.Unmarshal([]byte(os.Args[1]), &asked) != nil {
		fmt.Fprintln(os.Stderr, "emulator: its argument is an order as JSON, `remove PID…` or `version`")
		os.Exit(64)
	}
	os.Exit(run(asked, os.Stdin, os.Stdout))
}

func remove(pids []string) int {
	var containers []container
	for _, text := range pids {
		pid, err := strconv.Atoi(text)
		if err != nil {
			fmt.Fprintf(os.Stderr, "emulator: %s is no process\n", text)
			return 64
		}
		containers = append(containers, container{Pid: pid})
	}
	for _, left := range takeBack(containers) {
		fmt.Println(left)
	}
	return 0
}

// receivers are those who get anything on a way on which a path lies.
func (o order) receivers() []container {
	var found []container
	for _, to := range o.Containers {
		for _, from := range o.Containers {
			if from.Address != to.Address && len(o.linksOn(from.Address, to.Address)) > 0 {
				found = append(found, to)
				break
			}
		}
	}
	return found
}

// linksOn answers what lies on the way from one container to another; nothing on the way from anybody else.
func (o order) linksOn(from, to string) []*link {
	var links []*link
	if !slices.ContainsFunc(o.Containers, func(one container) bool { return one.Address == from }) {
		return nil
	}
	for place, one := range o.Rules {
		if one.liesOn(from, to) {
			links = append(links, newLink(one.Path, fmt.Sprintf("%s/%d", o.Seed, place), from, to))
		}
	}
	return links
}

// The instant at which all paths begin, for whoever judges; it is set before it is given.
type start struct {
	at    time.Time
	given chan struct{}
}

func (s *start) isGiven() bool {
	select {
	case <-s.given:
		return true
	default:
		return false
	}
}

func run(asked order, input io.Reader, output io.Writer) int {
	tell := func(answer map[string]any) {
		text, _ := json.Marshal(answer)
		fmt.Fprintln(output, string(text))
	}
	receivers := asked.receivers()
	begin := &start{given: make(chan struct{})}
	for _, failed := range forEach(receivers, func(to container) error { return emulate(asked, to, begin) }) {
		takeBack(receivers)
		tell(map[string]any{"injected": false, "why": failed})
		return 1
	}
	begin.at = time.Now()
	close(begin.given)
	tell(map[string]any{"injected": true})
	untilOver(time.Duration(asked.LeaseMs*float64(time.Millisecond)), input)
	tell(map[string]any{"undone": true, "residue": takeBack(receivers)})
	arriveAll()
	return 0
}

// untilOver returns when it is told to, when nobody is left to tell it, or when nobody has renewed the lease.
func untilOver(lease time.Duration, input io.Reader) {
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scanner := bufio.NewScanner(input); scanner.Scan(); {
			lines <- strings.TrimSpace(scanner.Text())
		}
	}()
	expiry := time.NewTimer(lease)
	for {
		select {
		case line, open := <-lines:
			if !open || line == "undo" {
				return
			}
			if line == "renew" {
				expiry.Reset(lease)
			}
		case <-expiry.C:
			return
		}
	}
}

// emulate judges what arrives at one container, by paths that begin when it is told to; until then all passes.
func emulate(asked order, to container, begin *start) error {
	var opened *queue
	err := inNetworkOf(to.Pid, func() error {
		made, err := openQueue(queueNumber)
		if err != nil {
			return err
		}
		opened = made
		_, err = filter(queueing("-I", queueNumber)...)
		return err
	})
	if err != nil {
		return err
	}
	come := make(chan waiting)
	go func() {
		buffer := make([]byte, 2*largest)
		for {
			packets, err := opened.read(buffer)
			if err != nil {
				close(come)
				return
			}
			for _, one := range packets {
				come <- one
			}
		}
	}()
	go judge(asked, to, opened, come, begin)
	return nil
}

func judge(asked order, to container, from *queue, come <-chan waiting, begin *start) {
	links := map[string][]*link{}
	for one := range come {
		if !begin.isGiven() || !one.bytes.isWhole() {
			from.accept(one.id, nil)
			continue
		}
		source := one.bytes.source()
		if _, known := links[source]; !known {
			links[source] = asked.linksOn(source, to.Address)
		}
		from.pass(one, arrivals(links[source], time.Since(begin.at), len(one.bytes), len(one.bytes.carried())))
	}
}

// pass has each copy arrive when its time has come: the first is the packet itself.
func (q *queue) pass(one waiting, copies []arrival) {
	if len(copies) == 0 {
		q.drop(one.id)
		return
	}
	for place, copied := range copies {
		arrive := func() { q.accept(one.id, nil) }
		if len(copied.flips) > 0 {
			arrive = func() { q.accept(one.id, one.bytes.flipped(copied.flips)) }
		}
		if place > 0 {
			arrive = func() { q.inject(one.bytes.flipped(copied.flips)) }
		}
		if copied.delay <= 0 {
			arrive()
			continue
		}
		underWay.Add(1)
		time.AfterFunc(copied.delay, func() {
			defer underWay.Done()
			arrive()
		})
	}
}

// Packets that are held back: what the kernel still has in a queue when it is closed would be lost.
var underWay sync.WaitGroup

const arriveWithin = 10 * time.Second

// arriveAll returns when nothing is under way any more.
func arriveAll() {
	arrived := make(chan struct{})
	go func() {
		underWay.Wait()
		close(arrived)
	}()
	select {
	case <-arrived:
	case <-time.After(arriveWithin):
	}
}

// takeBack removes the rules, so that nothing is queued any more; answers what is left.
func takeBack(containers []container) []string {
	left := forEach(containers, func(one container) error {
		return inNetworkOf(one.Pid, func() error {
			for {
				rules, err := filter("-S", "INPUT")
				if err != nil {
					return err
				}
				if !strings.Contains(rules, fmt.Sprintf("--queue-num %d", queueNumber)) {
					return nil
				}
				if _, err := filter(queueing("-D", queueNumber)...); err != nil {
					return err
				}
			}
		})
	})
	// Once all packets pass again.
	forEach(containers, func(one container) error { return inNetworkOf(one.Pid, clear) })
	if left == nil {
		return []string{}
	}
	return left
}

// forEach acts on all at the same time and answers what went wrong.
func forEach(containers []container, act func(container) error) []string {
	var group sync.WaitGroup
	var lock sync.Mutex
	var failed []string
	for _, one := range containers {
		group.Go(func() {
			if err := act(one); err != nil {
				lock.Lock()
				defer lock.Unlock()
				failed = append(failed, err.Error())
			}
		})
	}
	group.Wait()
	return failed
}
