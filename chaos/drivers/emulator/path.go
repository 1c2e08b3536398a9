package main

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// What lies on the way between nodes: the contract's path (suites/contract/path.ts), which has checked it.
type path struct {
	Latency *struct {
		DelayMs  float64 `json:"delayMs"`
		JitterMs float64 `json:"jitterMs"`
	} `json:"latency"`
	Loss *struct {
		Share      *float64 `json:"share"`
		ToBad      float64  `json:"toBad"`
		ToGood     float64  `json:"toGood"`
		LossInBad  float64  `json:"lossInBad"`
		LossInGood float64  `json:"lossInGood"`
	} `json:"loss"`
	Bandwidth *struct {
		BitsPerS   float64 `json:"bitsPerS"`
		QueueBytes float64 `json:"queueBytes"`
	} `json:"bandwidth"`
	Reorder *struct {
		Share float64 `json:"share"`
		ByMs  float64 `json:"byMs"`
	} `json:"reorder"`
	Duplicate *struct {
		Share float64 `json:"share"`
	} `json:"duplicate"`
	Corrupt *struct {
		Share float64 `json:"share"`
	} `json:"corrupt"`
	Window *struct {
		PeriodMs float64 `json:"periodMs"`
		FromMs   float64 `json:"fromMs"`
		ForMs    float64 `json:"forMs"`
	} `json:"window"`
}

// A path on every directed pair from one of these addresses to one of those; nil is everybody.
type rule struct {
	From []string `json:"from"`
	To   []string `json:"to"`
	Path path     `json:"path"`
}

func (r rule) liesOn(from, to string) bool {
	return (r.From == nil || slices.Contains(r.From, from)) && (r.To == nil || slices.Contains(r.To, to))
}

// One path on one directed pair, with what it remembers: the state of its bursts, and how full its queue is.
type link struct {
	path   path
	random *rand.Rand
	isBad  bool
	freeAt time.Duration
}

func newLink(p path, seed, from, to string) *link {
	hash := fnv.New64a()
	hash.Write([]byte(seed + "\n" + from + ">" + to))
	one := &link{path: p, random: rand.New(rand.NewPCG(hash.Sum64(), 0))}
	if loss := p.Loss; loss != nil && loss.Share == nil {
		// The chain begins in its stationary distribution, so that no run-up has another share than the rest.
		one.isBad = one.isHit(loss.ToBad / (loss.ToBad + loss.ToGood))
	}
	return one
}

func (l *link) isHit(share float64) bool { return l.random.Float64() < share }

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// Whether it strikes so long after it was laid.
func (l *link) strikes(since time.Duration) bool {
	window := l.path.Window
	if window == nil {
		return true
	}
	at := since % milliseconds(window.PeriodMs)
	return at >= milliseconds(window.FromMs) && at < milliseconds(window.FromMs+window.ForMs)
}

// The loss of E. N. Gilbert and E. O. Elliott (Bell System Technical Journal 42, 1963); its state changes after each packet.
func (l *link) isLost() bool {
	loss := l.path.Loss
	if loss == nil {
		return false
	}
	if loss.Share != nil {
		return l.isHit(*loss.Share)
	}
	share, change := loss.LossInGood, loss.ToBad
	if l.isBad {
		share, change = loss.LossInBad, loss.ToGood
	}
	lost := l.isHit(share)
	if l.isHit(change) {
		l.isBad = !l.isBad
	}
	return lost
}

// When the last bit of a packet of so many bytes has left its queue; not ok where it found no room (drop-tail).
func (l *link) leaves(at time.Duration, bytes int) (time.Duration, bool) {
	limit := l.path.Bandwidth
	if limit == nil {
		return at, true
	}
	starts := max(at, l.freeAt)
	waiting := (starts - at).Seconds() * limit.BitsPerS / 8
	if waiting+float64(bytes) > limit.QueueBytes {
		return 0, false
	}
	l.freeAt = starts + time.Duration(float64(bytes)*8/limit.BitsPerS*float64(time.Second))
	return l.freeAt, true
}

func (l *link) delay() time.Duration {
	var ms float64
	if latency := l.path.Latency; latency != nil {
		ms += latency.DelayMs + latency.JitterMs*(2*l.random.Float64()-1)
	}
	if reorder := l.path.Reorder; reorder != nil && l.isHit(reorder.Share) {
		ms += reorder.ByMs
	}
	return milliseconds(ms)
}

// A copy of a packet at the end of its way.
type arrival struct {
	delay time.Duration
	// Bits of what the packet carries that were flipped on the way; none of an intact copy.
	flips []int
}

func arrivalOver(links []*link, queued time.Duration, carriedBytes int) arrival {
	one := arrival{delay: queued}
	for _, l := range links {
		one.delay += l.delay()
		if corrupt := l.path.Corrupt; corrupt != nil && carriedBytes > 0 && l.isHit(corrupt.Share) {
			one.flips = append(one.flips, l.random.IntN(carriedBytes*8))
		}
	}
	return one
}

// Every copy of a packet that arrives; none when a link drops it. Loss comes before duplication: what is lost has no copies.
// A packet has so many bytes, and carries so many behind its headers.
func arrivals(links []*link, since time.Duration, bytes, carriedBytes int) []arrival {
	var striking []*link
	for _, l := range links {
		if l.strikes(since) {
			striking = append(striking, l)
		}
	}
	leaves := since
	for _, l := range striking {
		var hasRoom bool
		if leaves, hasRoom = l.leaves(leaves, bytes); !hasRoom {
			return nil
		}
	}
	for _, l := range striking {
		if l.isLost() {
			return nil
		}
	}
	copies := []arrival{arrivalOver(striking, leaves-since, carriedBytes)}
	for _, l := range striking {
		if duplicate := l.path.Duplicate; duplicate != nil && l.isHit(duplicate.Share) {
			copies = append(copies, arrivalOver(striking, leaves-since, carriedBytes))
		}
	}
	return copies
}
