package event

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// subscriber is what a subscription must hold, as a plain list.
type subscriber struct {
	s      *Subscription
	size   int
	want   []Event
	lost   int
	closed bool
}

func TestBusAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var bus Bus
		var subs []*subscriber
		n := 0
		pick := func(t *rapid.T) *subscriber {
			if len(subs) == 0 {
				return nil
			}
			return rapid.SampledFrom(subs).Draw(t, "subscriber")
		}
		t.Repeat(map[string]func(*rapid.T){
			"subscribe": func(t *rapid.T) {
				size := rapid.IntRange(-1, 5).Draw(t, "size")
				subs = append(subs, &subscriber{s: bus.Subscribe(size), size: max(size, 1)})
			},
			"publish": func(t *rapid.T) {
				for range rapid.IntRange(1, 4).Draw(t, "events") {
					n++
					e := Event{Kind: "camera", Subject: "x", Data: n}
					for _, s := range subs {
						if s.closed {
							continue
						}
						if s.want = append(s.want, e); len(s.want) > s.size {
							s.want = s.want[1:]
							s.lost++
						}
					}
					bus.Publish(e)
				}
			},
			"take": func(t *rapid.T) {
				s := pick(t)
				if s == nil {
					return
				}
				if rapid.Bool().Draw(t, "after the token") {
					select {
					case <-s.s.C:
					default:
					}
				}
				events, lost := s.s.Take()
				if d := cmp.Diff(s.want, events, cmpopts.EquateEmpty()); d != "" || lost != s.lost {
					t.Fatalf("lost %d, want %d: %s", lost, s.lost, d)
				}
				s.want, s.lost = nil, 0
			},
			"close": func(t *rapid.T) {
				if s := pick(t); s != nil {
					s.s.Close()
					s.closed = true
				}
			},
			"": func(t *rapid.T) {
				open := 0
				for _, s := range subs {
					if !s.closed {
						open++
					}
					if len(s.want) > 0 && len(s.s.C) == 0 {
						t.Fatalf("%d events wait and nobody is told", len(s.want))
					}
				}
				if len(bus.subs) != open {
					t.Fatalf("%d subscriptions, want %d", len(bus.subs), open)
				}
			},
		})
	})
}

func TestSlowSubscriberLosesTheOldest(t *testing.T) {
	var bus Bus
	slow, fast := bus.Subscribe(2), bus.Subscribe(10)
	for i := range 5 {
		bus.Publish(Event{Data: i})
	}
	events, lost := slow.Take()
	if d := cmp.Diff([]Event{{Data: 3}, {Data: 4}}, events); d != "" || lost != 3 {
		t.Error(lost, d)
	}
	if events, lost := fast.Take(); len(events) != 5 || lost != 0 {
		t.Error(events, lost)
	}
	if events, lost := slow.Take(); len(events) != 0 || lost != 0 {
		t.Error(events, lost)
	}
}

// TestNobodyMissesAWakeUp publishes from several goroutines to subscribers that
// sleep on C; each must come by every event.
func TestNobodyMissesAWakeUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const publishers, each = 4, 200
		var bus Bus
		var publishing, reading sync.WaitGroup
		for range 3 {
			s := bus.Subscribe(publishers * each)
			reading.Go(func() {
				defer s.Close()
				var got []int
				for len(got) < publishers*each {
					<-s.C
					events, lost := s.Take()
					for _, e := range events {
						got = append(got, e.Data.(int))
					}
					if lost != 0 {
						t.Errorf("%d lost", lost)
					}
				}
				for p := range publishers {
					var mine []int
					for _, v := range got {
						if v/each == p {
							mine = append(mine, v)
						}
					}
					if !slices.IsSorted(mine) {
						t.Errorf("publisher %d is out of order", p)
					}
				}
				slices.Sort(got)
				if len(slices.Compact(got)) != publishers*each {
					t.Errorf("%d different events", len(slices.Compact(got)))
				}
			})
		}
		for p := range publishers {
			publishing.Go(func() {
				for i := range each {
					bus.Publish(Event{Data: p*each + i})
				}
			})
		}
		publishing.Wait()
		reading.Wait()
	})
}
