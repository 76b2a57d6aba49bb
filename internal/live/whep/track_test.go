package whep

import (
	"testing"

	"pgregory.net/rapid"

	"watchroom/internal/media"
)

func TestTimelineOnlyGoesForward(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := newTimeline(90000)
		wall, last := int64(1_700_000_000_000_000), int64(-1)
		for range rapid.IntRange(1, 5).Draw(t, "runs") {
			run := &media.Run{}
			track := media.Track{Timescale: rapid.SampledFrom([]uint32{90000, 12800, 1000}).Draw(t, "scale")}
			pts := rapid.Int64Range(0, 1<<40).Draw(t, "first")
			wall += rapid.Int64Range(-5_000_000, 5_000_000).Draw(t, "pause")
			var zero int64
			for i := range rapid.IntRange(1, 20).Draw(t, "units") {
				stamp := l.at(run, track, &media.Unit{PTS: pts, Wall: wall})
				if stamp <= last {
					t.Fatalf("%d after %d", stamp, last)
				}
				if i == 0 {
					zero = stamp - pts*90000/int64(track.Timescale)
				} else if d := stamp - pts*90000/int64(track.Timescale) - zero; d < -1 || d > 1 {
					t.Fatalf("drifts by %d ticks", d)
				}
				last = stamp
				pts += int64(track.Timescale) / 25
				wall += 40_000
			}
		}
	})
}

func TestAnotherRunGoesOnByTheWallClock(t *testing.T) {
	l := newTimeline(90000)
	track := media.Track{Timescale: 90000}
	a := l.at(&media.Run{}, track, &media.Unit{PTS: 5000, Wall: 1_000_000})
	b := l.at(&media.Run{}, track, &media.Unit{PTS: 77, Wall: 4_000_000})
	if b-a != 3*90000 {
		t.Errorf("three seconds are %d ticks", b-a)
	}
}

func TestSenderReportTiesTheClocks(t *testing.T) {
	l := newTimeline(90000)
	track := &track{timeline: l, sent: 7, octets: 900, ssrc: 42}
	stamp := track.timeline.at(&media.Run{}, media.Track{Timescale: 90000}, &media.Unit{Wall: 1_700_000_000_250_000})
	r := track.senderReport(1_700_000_000_750_000) // half a second later
	if r.NTPTime>>32 != 1_700_000_000+2208988800 || r.NTPTime&0xffffffff != 3<<30 {
		t.Errorf("NTP time %x", r.NTPTime)
	}
	if r.RTPTime != uint32(stamp+45000) || r.PacketCount != 7 || r.OctetCount != 900 || r.SSRC != 42 {
		t.Errorf("%+v after stamp %d", r, uint32(stamp))
	}
}
