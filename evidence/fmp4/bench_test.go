package fmp4

import "testing"

// benchPart is a part of 0.7 s at 25 pictures a second with AAC beside it.
func benchPart() []TrackFragment {
	tracks := []TrackFragment{{TrackID: 1, BaseTime: 1 << 33}, {TrackID: 2, BaseTime: 1 << 32}}
	for i := range 18 {
		tracks[0].Samples = append(tracks[0].Samples, Sample{Duration: 3600, Size: 20_000, Key: i == 0})
	}
	for range 33 {
		tracks[1].Samples = append(tracks[1].Samples, Sample{Duration: 1024, Size: 300, Key: true})
	}
	return tracks
}

func BenchmarkAppendHead(b *testing.B) {
	tracks := benchPart()
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst = AppendHead(dst[:0], 1, tracks)
	}
}

func BenchmarkReadPart(b *testing.B) {
	tracks := benchPart()
	for i := range tracks {
		for j := range tracks[i].Samples {
			tracks[i].Samples[j].Data = make([]byte, tracks[i].Samples[j].Size)
		}
	}
	part := memory(AppendFragment(nil, 1, tracks))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ReadPart(part, 0, int64(len(part))); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRebase(b *testing.B) {
	head := AppendHead(nil, 1, benchPart())
	b.ReportAllocs()
	for b.Loop() {
		if err := Rebase(head, func(int) int64 { return 1 }, 1, 2); err != nil {
			b.Fatal(err)
		}
	}
}
