package media

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func videoRun(id string) *Run {
	return &Run{ID: id, Start: 1000, Tracks: []Track{{ID: 1, Codec: H264, Timescale: 90000}, {ID: 2, Codec: AAC, Timescale: 48000}}}
}

func picture(n int64, key bool) *Unit {
	return &Unit{Track: 0, DTS: n, Key: key, Data: []byte{byte(n)}}
}
func sound(n int64) *Unit { return &Unit{Track: 1, DTS: n, Key: true, Data: []byte{byte(n)}} }

// waiting takes n items that are there already.
func waiting(t *testing.T, r *Reader, n int) (items []Item) {
	t.Helper()
	done, cancel := context.WithCancel(t.Context())
	cancel()
	for range n {
		it, err := r.Next(done)
		if err != nil {
			t.Fatalf("after %d of %d items: %v", len(items), n, err)
		}
		items = append(items, it)
	}
	if it, err := r.Next(done); !errors.Is(err, context.Canceled) {
		t.Fatalf("one item more than %d: %+v, %v", n, it, err)
	}
	return items
}

// say writes items as words: "begin a", "a 5", "end a network".
func say(items []Item) (words []string) {
	for _, it := range items {
		switch {
		case it.Ended:
			words = append(words, fmt.Sprintf("end %s %s", it.Run.ID, it.Cause))
		case it.Unit == nil:
			words = append(words, "begin "+it.Run.ID)
		default:
			words = append(words, fmt.Sprintf("%s %d", it.Run.ID, it.Unit.DTS))
		}
	}
	return words
}

// log is a sink that writes down what it sees.
type log struct{ words []string }

func (l *log) Begin(run *Run) { l.words = append(l.words, say([]Item{{Run: run}})...) }
func (l *log) Write(run *Run, u *Unit) {
	l.words = append(l.words, say([]Item{{Run: run, Unit: u}})...)
}
func (l *log) End(run *Run, at int64, cause Cause) {
	l.words = append(l.words, say([]Item{{Run: run, Ended: true, Cause: cause}})[0]+fmt.Sprintf(" at %d", at))
}

func TestEveryoneSeesTheSameOrder(t *testing.T) {
	var s Stream
	a, b := videoRun("a"), videoRun("b")
	var early, late log
	s.AddSink(&early)
	reader, run, prime := s.Join(100, nil)
	if run != nil || prime != nil {
		t.Errorf("joined run %v before any", run)
	}
	s.Write(picture(0, true)) // between runs: nobody's
	s.Begin(a)
	s.AddSink(&late)
	s.Write(sound(1)) // before the first key frame: for the sinks only
	s.Write(picture(2, false))
	s.Write(picture(3, true))
	s.Write(sound(4))
	if s.Run() != a {
		t.Errorf("run %v", s.Run())
	}
	s.Begin(b) // ends a
	s.Write(picture(5, true))
	s.End(77, CauseNetwork)
	s.End(78, CauseUnknown) // no run: nothing
	s.Write(picture(6, true))
	if s.Run() != nil {
		t.Errorf("run %v", s.Run())
	}
	sunk := []string{"begin a", "a 1", "a 2", "a 3", "a 4", "end a timestamp_jump at 1000", "begin b", "b 5", "end b network at 77"}
	if d := cmp.Diff(sunk, early.words); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(sunk, late.words); d != "" {
		t.Error(d)
	}
	read := []string{"begin a", "a 3", "a 4", "end a timestamp_jump", "begin b", "b 5", "end b network"}
	if d := cmp.Diff(read, say(waiting(t, reader, len(read)))); d != "" {
		t.Error(d)
	}
	if reader.Dropped() != 2 {
		t.Errorf("%d dropped", reader.Dropped())
	}
}

func TestReaderWithoutVideoBeginsAtOnce(t *testing.T) {
	var s Stream
	run := &Run{ID: "a", Tracks: []Track{{ID: 1, Codec: PCMA}}}
	s.Begin(run)
	r, joined, _ := s.Join(8, &GOP{})
	if joined != run {
		t.Errorf("joined %v", joined)
	}
	for i := range 9 {
		s.Write(&Unit{DTS: int64(i), Key: true})
	}
	// The ring of 8 overflowed at the ninth: the eight are gone.
	if d := cmp.Diff([]string{"a 8"}, say(waiting(t, r, 1))); d != "" || r.Dropped() != 8 {
		t.Error(d, r.Dropped())
	}
}

func TestSlowReaderDropsToTheNextKeyFrame(t *testing.T) {
	var s Stream
	s.Begin(videoRun("a"))
	slow, _, _ := s.Join(8, nil)
	fast, _, _ := s.Join(100, nil)
	var want []string
	for i := range int64(30) {
		s.Write(picture(i, i%10 == 0))
		want = append(want, fmt.Sprintf("a %d", i))
	}
	if d := cmp.Diff(want, say(waiting(t, fast, 30))); d != "" || fast.Dropped() != 0 {
		t.Errorf("the fast reader lost %d: %s", fast.Dropped(), d)
	}
	// Units 0–7 fill the ring; 8 empties it and waits; 10–17 fill it again, and so on to 28.
	if d := cmp.Diff([]string(nil), say(waiting(t, slow, 0))); d != "" {
		t.Error(d)
	}
	if slow.Dropped() != 30 {
		t.Errorf("%d dropped", slow.Dropped())
	}
	s.Write(sound(30))
	s.Write(picture(31, false))
	s.Write(picture(32, true))
	s.Write(sound(33))
	if d := cmp.Diff([]string{"a 32", "a 33"}, say(waiting(t, slow, 2))); d != "" || slow.Dropped() != 32 {
		t.Error(d, slow.Dropped())
	}
	// A key frame that finds the ring full replaces what is in it.
	for i := range int64(8) {
		s.Write(picture(40+i, i == 0))
	}
	s.Write(picture(50, true))
	if d := cmp.Diff([]string{"a 50"}, say(waiting(t, slow, 1))); d != "" || slow.Dropped() != 40 {
		t.Error(d, slow.Dropped())
	}
}

func TestChangeOfRunIsNeverDropped(t *testing.T) {
	var s Stream
	slow, _, _ := s.Join(8, nil)
	s.Begin(videoRun("a"))
	for i := range int64(20) {
		s.Write(picture(i, i%5 == 0))
	}
	s.End(1, CauseNetwork)
	s.Begin(videoRun("b"))
	for i := range int64(8) { // three changes and five units fill the ring; the rest empties it
		s.Write(picture(i, i == 0))
	}
	s.Write(picture(8, true))
	want := []string{"begin a", "end a network", "begin b", "b 8"}
	if d := cmp.Diff(want, say(waiting(t, slow, len(want)))); d != "" {
		t.Error(d)
	}
	if slow.Dropped() != 28 {
		t.Errorf("%d dropped", slow.Dropped())
	}
}

func TestChangesAloneKeepTheLast(t *testing.T) {
	var s Stream
	slow, _, _ := s.Join(8, nil)
	for i := range 50 {
		s.Begin(videoRun(fmt.Sprint(i)))
		s.End(1, CauseNetwork)
	}
	s.Begin(videoRun("last"))
	s.Write(picture(1, true))
	items := say(waiting(t, slow, slow.n))
	if d := cmp.Diff([]string{"end 49 network", "begin last", "last 1"}, items[len(items)-3:]); d != "" || slow.Dropped() != 0 {
		t.Error(d, slow.Dropped())
	}
}

func TestSmallRingsAreMadeLarger(t *testing.T) {
	var s Stream
	s.Begin(videoRun("a"))
	r, _, _ := s.Join(0, nil)
	for i := range int64(8) {
		s.Write(picture(i, i == 0))
	}
	waiting(t, r, 8)
}

func TestCloseWakesNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Stream
		r, _, _ := s.Join(8, nil)
		var err error
		woken := make(chan struct{})
		go func() {
			defer close(woken)
			_, err = r.Next(t.Context())
		}()
		synctest.Wait()
		select {
		case <-woken:
			t.Fatal("Next did not wait")
		default:
		}
		r.Close()
		<-woken
		if !errors.Is(err, ErrReaderClosed) {
			t.Error(err)
		}
		r.Close()
		s.Begin(videoRun("a"))
		s.Write(picture(1, true))
		if _, err := r.Next(t.Context()); !errors.Is(err, ErrReaderClosed) {
			t.Error(err)
		}
	})
}

func TestNextWaitsAndEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Stream
		s.Begin(videoRun("a"))
		r, _, _ := s.Join(8, nil)
		got := make(chan Item)
		go func() {
			it, _ := r.Next(t.Context())
			got <- it
		}()
		synctest.Wait()
		u := picture(1, true)
		s.Write(u)
		if it := <-got; it.Unit != u {
			t.Errorf("%+v", it)
		}
		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error)
		go func() {
			_, err := r.Next(ctx)
			failed <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func TestOnWatch(t *testing.T) {
	var s Stream
	var told []int
	s.OnWatch(func(n int) { told = append(told, n) })
	a, _, _ := s.Join(8, nil)
	b, _, _ := s.Join(8, nil)
	if s.Watchers() != 2 {
		t.Errorf("%d watchers", s.Watchers())
	}
	a.Close()
	a.Close()
	b.Close()
	if d := cmp.Diff([]int{0, 1, 2, 1, 0}, told); d != "" || s.Watchers() != 0 {
		t.Error(d, s.Watchers())
	}
	s.OnWatch(nil)
	c, _, _ := s.Join(8, nil)
	c.Close()
	if len(told) != 5 {
		t.Errorf("told after it was taken away: %v", told)
	}
}

func TestGOP(t *testing.T) {
	var s Stream
	gop := &GOP{Limit: 5}
	s.AddSink(gop)
	kept := func() []string {
		t.Helper()
		r, run, prime := s.Join(8, gop)
		defer r.Close()
		if prime == nil {
			return nil
		}
		units, err := prime()
		if err != nil {
			t.Fatal(err)
		}
		var items []Item
		for _, u := range units {
			items = append(items, Item{Run: run, Unit: u})
		}
		return say(items)
	}
	expect := func(want ...string) {
		t.Helper()
		if d := cmp.Diff(want, kept()); d != "" {
			t.Error(d)
		}
	}
	expect()
	s.Begin(videoRun("a"))
	s.Write(picture(1, false))
	s.Write(sound(2))
	expect() // no key frame yet
	s.Write(picture(3, true))
	s.Write(sound(4))
	expect("a 3", "a 4")
	s.Write(picture(5, true))
	expect("a 5")
	for i := range int64(4) {
		s.Write(picture(6+i, false))
	}
	expect("a 5", "a 6", "a 7", "a 8", "a 9") // five bytes: the limit
	s.Write(picture(10, false))
	expect() // past it, given up
	s.Write(picture(11, false))
	expect() // and not begun in the middle
	s.Write(picture(12, true))
	expect("a 12")
	s.End(1, CauseNetwork)
	expect()
	s.Begin(videoRun("b"))
	expect()
	s.Write(picture(13, false))
	expect()
	s.Write(picture(14, true))
	expect("b 14")
	s.Begin(videoRun("c"))
	expect()
}

func TestGOPWithoutLimitKeepsEightMebibytes(t *testing.T) {
	gop, run := &GOP{}, videoRun("a")
	gop.Begin(run)
	gop.Write(run, &Unit{Key: true, Data: make([]byte, 8<<20)})
	if gop.Mark() == nil {
		t.Error("8 MiB were given up")
	}
	gop.Write(run, &Unit{Data: make([]byte, 1)})
	if gop.Mark() != nil {
		t.Error("more than 8 MiB were kept")
	}
}

// TestJoinIsExact joins many readers while a writer is going: what prime returns
// and what the reader then receives is every unit since a key frame, once.
func TestJoinIsExact(t *testing.T) {
	const total, joiners = 20_000, 40
	var s Stream
	gop := &GOP{}
	s.AddSink(gop)
	s.Begin(videoRun("a"))
	s.Write(picture(0, true))
	var wg sync.WaitGroup
	start := make(chan struct{})
	for j := range joiners {
		wg.Go(func() {
			<-start
			r, run, prime := s.Join(total+1, gop)
			t.Cleanup(r.Close)
			if run == nil || prime == nil {
				t.Errorf("joiner %d: run %v, no GOP", j, run)
				return
			}
			units, err := prime()
			if err != nil || len(units) == 0 || !units[0].Key || units[0].Track != 0 {
				t.Errorf("joiner %d: %d units, %v", j, len(units), err)
				return
			}
			first, next := units[0].DTS, units[0].DTS
			for _, u := range units {
				if u.DTS != next {
					t.Errorf("joiner %d: GOP of %d has %d, want %d", j, first, u.DTS, next)
					return
				}
				next++
			}
			for {
				it, err := r.Next(t.Context())
				if err != nil {
					t.Errorf("joiner %d: %v", j, err)
					return
				}
				if it.Ended {
					break
				}
				if it.Unit.DTS != next {
					t.Errorf("joiner %d: %d, want %d after a GOP from %d", j, it.Unit.DTS, next, first)
					return
				}
				next++
			}
			if next != total || r.Dropped() != 0 {
				t.Errorf("joiner %d: ended before %d, %d dropped", j, next, r.Dropped())
			}
		})
	}
	close(start)
	for n := int64(1); n < total; n++ {
		if n%3 == 2 {
			s.Write(sound(n))
		} else {
			s.Write(picture(n, n%25 == 0))
		}
		if n%(total/joiners) == 0 {
			awaitWatchers(&s, int(n/(total/joiners)))
		}
	}
	s.End(1, CauseStopped)
	wg.Wait()
}

// awaitWatchers returns when at least n readers have joined, so that the joins
// are spread over the writes.
func awaitWatchers(s *Stream, n int) {
	joined := make(chan struct{})
	var once sync.Once
	s.OnWatch(func(watchers int) {
		if watchers >= n {
			once.Do(func() { close(joined) })
		}
	})
	<-joined
}

func TestUnitTime(t *testing.T) {
	u := Unit{Wall: 1_700_000_000_123_456}
	if got := u.Time().Format("2006-01-02T15:04:05.000000Z07:00"); got != "2023-11-14T22:13:20.123456Z" {
		t.Error(got)
	}
}

func TestSinksSeeWhatTheSlowestReaderLoses(t *testing.T) {
	var s Stream
	var sink log
	s.AddSink(&sink)
	s.Join(8, nil)
	s.Begin(videoRun("a"))
	for i := range int64(1000) {
		s.Write(picture(i, i%50 == 0))
	}
	if len(sink.words) != 1001 || !slices.Contains(sink.words, "a 999") {
		t.Errorf("%d", len(sink.words))
	}
}
