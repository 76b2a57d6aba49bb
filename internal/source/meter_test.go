package source

import (
	"testing"
	"time"

	"watchroom/internal/media"
)

func TestMeter(t *testing.T) {
	var m meter
	m.reset()
	m.tracks([]media.Track{{Codec: media.H265, Width: 64, Height: 32}, {Codec: media.AAC}})
	start := int64(1_700_000_000) * second
	for i := range int64(25 * 6) { // bunched every 200 ms, 20 kB a picture: 4 Mbit/s
		m.unit(start+i/5*200_000, i*40_000, 20_000, true, i%50 == 0)
		m.unit(start+i/5*200_000, i*40_000, 0, false, false)
		if i == 60 && m.rate() == 0 {
			t.Error("the rate is not known after the first window")
		}
		if i < 45 && m.rate() != 0 {
			t.Error("the rate is known too early")
		}
	}
	end := time.UnixMicro(start + 6*second)
	f := m.figures(end)
	if f.Bitrate < 3.9e6 || f.Bitrate > 4.1e6 || f.FPS < 24.9 || f.FPS > 25.6 || f.KeyInterval != 2 || f.Frames != 150 || f.Bytes != 3_000_000 {
		t.Errorf("figures %+v", f)
	}
	if f.Codec != media.H265 || f.AudioCodec != media.AAC || f.Width != 64 {
		t.Errorf("figures %+v", f)
	}
	if f := m.figures(end.Add(10 * time.Second)); f.Bitrate != 0 || f.FPS != 0 || f.Frames != 150 {
		t.Errorf("figures of a silent stream %+v", f)
	}
	m.reset()
	if f := m.figures(end); f.Bitrate != 0 || f.Frames != 150 || m.rate() != 0 {
		t.Errorf("figures of a new session %+v", f)
	}
}
