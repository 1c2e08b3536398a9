package main

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

const sample = 20_000

func pathOf(t *testing.T, text string) path {
	t.Helper()
	var told path
	if err := json.Unmarshal([]byte(text), &told); err != nil {
		t.Fatal(err)
	}
	return told
}

// What becomes of so many packets that come a millisecond after each other.
func passed(t *testing.T, text string) [][]arrival {
	t.Helper()
	links := []*link{newLink(pathOf(t, text), "seed", "10.0.0.1", "10.0.0.2")}
	outcome := make([][]arrival, sample)
	for place := range outcome {
		outcome[place] = arrivals(links, time.Duration(place)*time.Millisecond, 128, 100)
	}
	return outcome
}

func share(outcome [][]arrival, is func([]arrival) bool) float64 {
	count := 0
	for _, one := range outcome {
		if is(one) {
			count++
		}
	}
	return float64(count) / float64(len(outcome))
}

func within(t *testing.T, what string, measured, wanted, margin float64) {
	t.Helper()
	if math.Abs(measured-wanted) > margin {
		t.Errorf("%s: %v instead of %v", what, measured, wanted)
	}
}

func isLost(copies []arrival) bool { return len(copies) == 0 }

func TestLossHasTheShareThatWasAskedFor(t *testing.T) {
	within(t, "all", share(passed(t, `{"loss":{"share":1}}`), isLost), 1, 0)
	within(t, "half", share(passed(t, `{"loss":{"share":0.5}}`), isLost), 0.5, 0.02)
	bursts := passed(t, `{"loss":{"toBad":0.5833333,"toGood":0.25,"lossInBad":1,"lossInGood":0}}`)
	within(t, "bursts", share(bursts, isLost), 0.7, 0.02)
	runs := 0
	for place := 1; place < sample; place++ {
		if isLost(bursts[place]) && !isLost(bursts[place-1]) {
			runs++
		}
	}
	within(t, "length of a burst", 0.7*sample/float64(runs), 4, 0.2)
}

func TestDelayIsUniformAroundWhatWasAskedFor(t *testing.T) {
	var delays []float64
	for _, copies := range passed(t, `{"latency":{"delayMs":100,"jitterMs":25}}`) {
		delays = append(delays, float64(copies[0].delay)/float64(time.Millisecond))
	}
	slices.Sort(delays)
	within(t, "least", delays[0], 75, 0.1)
	within(t, "median", delays[sample/2], 100, 1)
	within(t, "most", delays[sample-1], 125, 0.1)
}

func TestPacketsAreHeldBackDoubledAndDamagedBySharesOfTheirOwn(t *testing.T) {
	outcome := passed(t, `{"reorder":{"share":0.25,"byMs":150},"duplicate":{"share":0.1},"corrupt":{"share":0.05}}`)
	within(t, "lost", share(outcome, isLost), 0, 0)
	within(t, "held back", share(outcome, func(c []arrival) bool { return c[0].delay == 150*time.Millisecond }), 0.25, 0.02)
	within(t, "doubled", share(outcome, func(c []arrival) bool { return len(c) == 2 }), 0.1, 0.01)
	within(t, "damaged", share(outcome, func(c []arrival) bool { return len(c[0].flips) == 1 }), 0.05, 0.01)
}

func TestAWindowStrikesForItsPartOfThePeriodOnly(t *testing.T) {
	outcome := passed(t, `{"loss":{"share":1},"window":{"periodMs":400,"fromMs":100,"forMs":200}}`)
	for place, copies := range outcome {
		if isLost(copies) != (place%400 >= 100 && place%400 < 300) {
			t.Fatalf("the packet of %d ms", place)
		}
	}
}

func TestABandwidthPassesItsBitsAndDropsWhatFindsNoRoom(t *testing.T) {
	// A packet of 1,024 bits a millisecond over half of what that takes.
	outcome := passed(t, `{"bandwidth":{"bitsPerS":512000,"queueBytes":1280}}`)
	within(t, "lost", share(outcome, isLost), 0.5, 0.01)
	last := outcome[sample-1]
	if last == nil {
		last = outcome[sample-2]
	}
	within(t, "queue in ms", float64(last[0].delay)/float64(time.Millisecond), 20, 2)
}

func TestTheSameSeedGivesTheSameChance(t *testing.T) {
	text := `{"latency":{"delayMs":10,"jitterMs":10},"loss":{"share":0.5}}`
	one, other := passed(t, text), passed(t, text)
	if !slices.EqualFunc(one, other, func(a, b []arrival) bool {
		return slices.EqualFunc(a, b, func(x, y arrival) bool { return x.delay == y.delay })
	}) {
		t.Error("two runs of one seed differ")
	}
}

// A datagram and a segment, each with 4 bytes behind its headers.
var (
	datagram = packet("\x45\x00\x00\x20\x00\x00\x00\x00\x40\x11\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
		"\x00\x01\x00\x02\x00\x0c\x12\x34" + "abcd")
	segment = packet("\x45\x00\x00\x2c\x00\x00\x00\x00\x40\x06\x00\x00\x0a\x00\x00\x01\x0a\x00\x00\x02" +
		"\x00\x01\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x50\x10\x00\x00\x12\x34\x00\x00" + "abcd")
)

func TestADamagedPacketDiffersByOneBitAndFitsItsChecksum(t *testing.T) {
	for _, one := range []packet{datagram, segment} {
		damaged := one.flipped([]int{9})
		if string(damaged.carried()) != "a`cd" || string(one.carried()) != "abcd" {
			t.Errorf("%q from %q", damaged.carried(), one.carried())
		}
	}
	if body := datagram.flipped([]int{0})[20:]; body[6] != 0 || body[7] != 0 {
		t.Error("a damaged datagram has a checksum")
	}
	// A right checksum makes the sum over everything come out as none.
	if damaged := segment.flipped([]int{0}); damaged.checksum(damaged[20:]) != 0 {
		t.Error("the checksum of a damaged segment does not fit")
	}
}

func TestAPathLiesOnItsPairsAndOnNobodyElse(t *testing.T) {
	asked := order{
		Containers: []container{{Address: "a"}, {Address: "b"}, {Address: "c"}},
		Rules:      []rule{{From: []string{"a"}, To: []string{"b"}}},
	}
	for way, wanted := range map[string]int{"a>b": 1, "b>a": 0, "a>c": 0, "elsewhere>b": 0} {
		from, to, _ := strings.Cut(way, ">")
		if found := len(asked.linksOn(from, to)); found != wanted {
			t.Errorf("%d paths on %s", found, way)
		}
	}
	if found := asked.receivers(); len(found) != 1 || found[0].Address != "b" {
		t.Errorf("receivers: %v", found)
	}
	asked.Rules = []rule{{}}
	if found := asked.receivers(); len(found) != 3 {
		t.Errorf("everybody: %v", found)
	}
}

func TestATableThatFiltersNothingIsTheOnlyOneThatIsRemoved(t *testing.T) {
	empty := "table ip filter {\n\tchain INPUT {\n\t\ttype filter hook input priority filter; policy accept;\n\t}\n}\n"
	for text, wanted := range map[string]bool{
		empty: true,
		strings.Replace(empty, "accept", "drop", 1):                             false,
		strings.Replace(empty, "accept;", "accept;\n\t\ttcp dport 1 drop", 1):   false,
		strings.Replace(empty, "\tchain", "\tchain OTHER {\n\t}\n\n\tchain", 1): false,
	} {
		if nothingFiltered.MatchString(text) != wanted {
			t.Errorf("%v for %s", !wanted, text)
		}
	}
}

func TestItIsOverWhenToldAndWhenNobodyIsLeftAndWhenNobodyRenews(t *testing.T) {
	over := func(lease time.Duration, input *strings.Reader) time.Duration {
		begun := time.Now()
		untilOver(lease, input)
		return time.Since(begun)
	}
	if took := over(time.Minute, strings.NewReader("renew\nundo\n")); took > 10*time.Second {
		t.Error("told to undo, it goes on")
	}
	if took := over(time.Minute, strings.NewReader("renew\n")); took > 10*time.Second {
		t.Error("nobody is left, and it goes on")
	}
}
