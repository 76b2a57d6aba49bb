package media

import (
	"fmt"
	"sync"
	"testing"
)

// BenchmarkWrite is the cost of one unit to the source, with readers that keep up.
func BenchmarkWrite(b *testing.B) {
	for _, readers := range []int{0, 1, 10} {
		b.Run(fmt.Sprintf("readers=%d", readers), func(b *testing.B) {
			var s Stream
			var wg sync.WaitGroup
			s.AddSink(&GOP{})
			s.Begin(videoRun("a"))
			for range readers {
				r, _, _ := s.Join(1024, nil)
				wg.Go(func() {
					for {
						if it, err := r.Next(b.Context()); err != nil || it.Ended {
							return
						}
					}
				})
			}
			data := make([]byte, 20_000)
			b.ReportAllocs()
			n := int64(0)
			for b.Loop() {
				s.Write(&Unit{DTS: n, Key: n%50 == 0, Data: data})
				n++
			}
			s.End(0, CauseStopped)
			wg.Wait()
		})
	}
}

// BenchmarkWriteToASleeper is the same with a reader that never reads.
func BenchmarkWriteToASleeper(b *testing.B) {
	var s Stream
	s.Begin(videoRun("a"))
	s.Join(256, nil)
	u := [2]*Unit{picture(0, true), picture(1, false)}
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		s.Write(u[min(n%50, 1)])
		n++
	}
}
