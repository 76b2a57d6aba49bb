package mse

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
)

func parse(t rapid.TB, b []byte) *fmp4.Part {
	t.Helper()
	p, err := fmp4.ParsePart(b)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFragmentsStandWhereTheWallClockSays(t *testing.T) {
	run := &media.Run{Tracks: []media.Track{
		{ID: 7, Codec: media.AAC, Timescale: 48000}, {ID: 3, Codec: media.H264, Timescale: 90000}, {ID: 9, Codec: media.PCMA, Timescale: 8000},
	}}
	const now = 1_700_000_000_000_000
	f := newFilm(now)
	f.begin(run, &run.Tracks[1], &run.Tracks[0])
	// The run began an hour ago; the picture is of half a second before now.
	video := func(n int64, key bool, reorder int64) *media.Unit {
		dts := int64(3600*90000) + n*3600
		return &media.Unit{Track: 1, DTS: dts, PTS: dts + reorder, Wall: now - 500_000 + n*40_000 + reorder*100/9, Key: key, Data: []byte{byte(n)}}
	}
	sound := func(n int64) *media.Unit {
		at := int64(3600*48000) + n*1024
		return &media.Unit{Track: 0, DTS: at, PTS: at, Key: true, Data: []byte{0xaa}}
	}
	p := parse(t, f.fragment([]*media.Unit{video(0, true, 0), sound(0), video(1, false, 7200), sound(1), {Track: 2, Data: []byte{1}}}))
	want := []fmp4.TrackFragment{
		{TrackID: 3, Description: 1, BaseTime: 59.5 * 90000, Samples: []fmp4.Sample{
			{Duration: 3600, Size: 1, Key: true, Data: []byte{0}}, {Duration: 3600, Offset: 7200, Size: 1, Data: []byte{1}},
		}},
		{TrackID: 7, Description: 1, BaseTime: 59.5 * 48000, Samples: []fmp4.Sample{
			{Duration: 1024, Size: 1, Key: true, Data: []byte{0xaa}}, {Duration: 1024, Size: 1, Key: true, Data: []byte{0xaa}},
		}},
	}
	if d := cmp.Diff(want, p.Tracks); d != "" {
		t.Error(d)
	}
	if got := f.fragment([]*media.Unit{{Track: 2, Data: []byte{1}}}); got != nil {
		t.Errorf("a fragment of nothing: %x", got)
	}
	p = parse(t, f.fragment([]*media.Unit{video(2, false, 0)}))
	if p.Sequence != 2 || p.Tracks[0].BaseTime != 59.5*90000+7200 {
		t.Errorf("second fragment: %d at %d", p.Sequence, p.Tracks[0].BaseTime)
	}
}

func TestRunsNeverOverlapOnTheTimeline(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := int64(1_700_000_000_000_000)
		f := newFilm(now)
		end := 0.0
		for range rapid.IntRange(1, 5).Draw(t, "runs") {
			scale := rapid.SampledFrom([]uint32{90000, 12800, 1000}).Draw(t, "scale")
			run := &media.Run{Tracks: []media.Track{{ID: 1, Codec: media.H264, Timescale: scale}}}
			f.begin(run, &run.Tracks[0])
			// Clocks step, also to before the timeline's beginning.
			now += rapid.Int64Range(-90_000_000, 30_000_000).Draw(t, "pause")
			dts := rapid.Int64Range(0, 1<<45).Draw(t, "first")
			for range rapid.IntRange(1, 6).Draw(t, "fragments") {
				var units []*media.Unit
				for range rapid.IntRange(1, 4).Draw(t, "units") {
					units = append(units, &media.Unit{DTS: dts, PTS: dts, Wall: now, Data: []byte{1}})
					dts += int64(scale) / 25
					now += 40_000
				}
				p := parse(t, f.fragment(units))
				at := float64(p.Tracks[0].BaseTime) / float64(scale)
				if at < end-0.002 {
					t.Fatalf("%.3f s after %.3f s", at, end)
				}
				end = at + float64(len(units))/25
			}
		}
	})
}

func TestAFirstSampleHasALength(t *testing.T) {
	run := &media.Run{Tracks: []media.Track{{ID: 1, Codec: media.H264, Timescale: 90000}, {ID: 2, Codec: media.AAC, Timescale: 48000}}}
	f := newFilm(1_700_000_000_000_000)
	f.begin(run, &run.Tracks[0], &run.Tracks[1])
	wall := int64(1_700_000_000_000_000)
	p := parse(t, f.fragment([]*media.Unit{{Data: []byte{1}, Wall: wall}, {Track: 1, Data: []byte{1}, Wall: wall}}))
	if a, b := p.Tracks[0].Samples[0].Duration, p.Tracks[1].Samples[0].Duration; a != 3600 || b != 1024 {
		t.Errorf("lengths %d and %d", a, b)
	}
}
