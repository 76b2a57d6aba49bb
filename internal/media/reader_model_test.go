package media

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// model is a reader as a plain list.
type model struct {
	size    int
	items   []Item
	waitKey bool
	dropped uint64
}

func (m *model) push(it Item) {
	key := it.Unit != nil && (it.Run.Video() < 0 || it.Unit.Track == it.Run.Video() && it.Unit.Key)
	if it.Unit != nil && m.waitKey && it.Run.Video() >= 0 && !key {
		m.dropped++
		return
	}
	if len(m.items) == m.size {
		all := len(m.items)
		m.items = slices.DeleteFunc(m.items, func(it Item) bool { return it.Unit != nil })
		m.dropped += uint64(all - len(m.items))
		if len(m.items) == m.size {
			m.items = m.items[m.size-1:]
		}
		if it.Unit != nil && !key {
			m.waitKey = true
			m.dropped++
			return
		}
	}
	m.items = append(m.items, it)
	m.waitKey = it.Unit == nil
}

// TestReaderAgainstModel drives a stream at random. Every reader must behave as
// its model, and what it delivers must be decodable and belong to the run that
// was announced last, unless only changes of run filled its ring.
func TestReaderAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type pair struct {
			r    *Reader
			m    *model
			run  *Run
			next int64 // the unit that does not need to be a key frame, or -1
		}
		var (
			s     Stream
			gop   GOP
			pairs []*pair
			run   *Run
			n     int64
		)
		s.AddSink(&gop)
		done, cancel := context.WithCancel(context.Background())
		cancel()
		push := func(it Item) {
			for _, p := range pairs {
				p.m.push(it)
			}
		}
		end := func(cause Cause) {
			if run != nil {
				push(Item{Run: run, Ended: true, Cause: cause})
				run = nil
			}
		}
		take := func(t *rapid.T, p *pair) {
			it, err := p.r.Next(done)
			if len(p.m.items) == 0 {
				if err == nil {
					t.Fatalf("%+v where nothing waits", it)
				}
				return
			}
			if err != nil || it != p.m.items[0] {
				t.Fatalf("%+v, %v, want %+v", it, err, p.m.items[0])
			}
			p.m.items = p.m.items[1:]
			switch {
			case it.Ended:
				p.run = nil
			case it.Unit == nil:
				p.run, p.next = it.Run, -1
			default:
				if it.Run != p.run {
					t.Fatalf("unit of run %s while run %v was announced", it.Run.ID, p.run)
				}
				key := it.Run.Video() < 0 || it.Unit.Track == it.Run.Video() && it.Unit.Key
				if it.Unit.DTS != p.next && !key {
					t.Fatalf("unit %d of run %s, which nothing before it allows to decode", it.Unit.DTS, it.Run.ID)
				}
				p.next = it.Unit.DTS + 1
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"": func(t *rapid.T) {
				for _, p := range pairs {
					if got := p.r.Dropped(); got != p.m.dropped {
						t.Fatalf("%d dropped, want %d", got, p.m.dropped)
					}
				}
				if s.Watchers() != len(pairs) || s.Run() != run {
					t.Fatalf("%d watchers, run %v", s.Watchers(), s.Run())
				}
			},
			"begin": func(t *rapid.T) {
				end(CauseTimestamps)
				run = videoRun(fmt.Sprint(n))
				if rapid.IntRange(0, 4).Draw(t, "audio only") == 0 {
					run.Tracks = run.Tracks[1:]
				}
				n++
				push(Item{Run: run})
				s.Begin(run)
			},
			"end": func(t *rapid.T) {
				end(CauseNetwork)
				s.End(0, CauseNetwork)
			},
			"write": func(t *rapid.T) {
				for range rapid.IntRange(1, 12).Draw(t, "units") {
					u := &Unit{DTS: n, Key: true}
					if n++; run != nil && len(run.Tracks) == 2 {
						u.Track = rapid.IntRange(0, 1).Draw(t, "track")
						u.Key = u.Track == 1 || rapid.IntRange(0, 5).Draw(t, "key") == 0
					}
					if run != nil {
						push(Item{Run: run, Unit: u})
					}
					s.Write(u)
				}
			},
			"join": func(t *rapid.T) {
				if len(pairs) == 4 {
					return
				}
				p := &pair{next: -1, m: &model{size: rapid.IntRange(8, 12).Draw(t, "ring"), waitKey: true}}
				var primer Primer
				if rapid.Bool().Draw(t, "primed") {
					primer = &gop
				}
				var prime func() ([]*Unit, error)
				p.r, p.run, prime = s.Join(p.m.size, primer)
				if p.run != run {
					t.Fatalf("joined run %v", p.run)
				}
				if prime != nil {
					units, _ := prime()
					if !units[0].Key || units[0].Track != run.Video() || units[len(units)-1].DTS != n-1 {
						t.Fatalf("GOP from %+v to %+v, last written %d", units[0], units[len(units)-1], n-1)
					}
					p.m.waitKey, p.next = false, n
				}
				pairs = append(pairs, p)
			},
			"take": func(t *rapid.T) {
				if len(pairs) == 0 {
					return
				}
				p := rapid.SampledFrom(pairs).Draw(t, "reader")
				for range rapid.IntRange(1, 12).Draw(t, "items") {
					take(t, p)
				}
			},
			"leave": func(t *rapid.T) {
				if len(pairs) == 0 {
					return
				}
				i := rapid.IntRange(0, len(pairs)-1).Draw(t, "reader")
				pairs[i].r.Close()
				if _, err := pairs[i].r.Next(done); err != ErrReaderClosed {
					t.Fatal(err)
				}
				pairs = slices.Delete(pairs, i, i+1)
			},
		})
	})
}
