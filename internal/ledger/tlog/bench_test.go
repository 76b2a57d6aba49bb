package tlog

import (
	"bytes"
	"fmt"
	"testing"
	"time"
)

// BenchmarkAppend measures what an append of entries of 160 bytes costs on the disk
// of TMPDIR, with full tiles written on the way and a checkpoint a second.
func BenchmarkAppend(b *testing.B) {
	for _, n := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("batch=%d", n), func(b *testing.B) {
			l := start(b, &Log{Dir: b.TempDir(), Interval: time.Second})
			defer l.Close()
			batch := make([][]byte, n)
			for i := range batch {
				batch[i] = bytes.Repeat([]byte{byte(i)}, 160)
			}
			for b.Loop() {
				if _, err := l.Append(b.Context(), batch...); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/entry")
		})
	}
}

// BenchmarkProof measures one audit path in a tree of 100,000 entries.
func BenchmarkProof(b *testing.B) {
	l := start(b, &Log{Dir: b.TempDir()})
	defer l.Close()
	grow(b, l, 100_000)
	i := int64(0)
	for b.Loop() {
		if _, err := l.Proof(i%100_000, 100_000); err != nil {
			b.Fatal(err)
		}
		i += 7919
	}
}

// BenchmarkStart measures a start on a log of 100,000 entries.
func BenchmarkStart(b *testing.B) {
	dir := b.TempDir()
	l := start(b, &Log{Dir: dir})
	grow(b, l, 100_000)
	l.Close()
	for b.Loop() {
		start(b, &Log{Dir: dir}).Close()
	}
}
