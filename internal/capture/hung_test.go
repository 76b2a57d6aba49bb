package capture_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"watchroom/internal/capture"
	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/testkit/leak"
)

// TestAHungDiskHoldsUpNoSettings: what one camera sent cannot be written; it is
// switched off and on, another is added and a third is removed meanwhile.
func TestAHungDiskHoldsUpNoSettings(t *testing.T) {
	leak.Check(t)
	var hangs atomic.Bool
	release := make(chan struct{})
	h := house{t: t, volume: startVolume(t)}.start(func(ctx context.Context, _ source.Config, s *source.Session) error {
		s.Offer([]media.Track{{Codec: media.MJPEG, Timescale: 90000}})
		s.Playing("tcp")
		s.Unit(0, 0, s.Now(), []byte("00000000"))
		<-ctx.Done()
		return context.Cause(ctx)
	}, func(f *capture.Fleet) {
		f.OnJournal = func(camera string) {
			if camera == "cam1" && hangs.Load() {
				<-release
			}
		}
	})
	list := []capture.Camera{{ID: "cam1", Enabled: true}, {ID: "cam2", Enabled: true}}
	h.set(list)
	for _, c := range list {
		await(t, c.ID+" to send", func() bool { return h.status(c.ID).Main.Figures.Frames > 0 })
	}
	hangs.Store(true)
	h.set([]capture.Camera{{ID: "cam1", Off: &capture.Off{By: "王芳", Reason: "施工"}}, list[1]})
	if s := h.status("cam1"); s.Main.State != source.Off {
		t.Errorf("switched off: %+v", s.Main)
	}
	h.set([]capture.Camera{list[0], {ID: "cam3", Enabled: true}})
	await(t, "the new camera to send", func() bool { return h.status("cam3").Main.Figures.Frames > 0 })
	if s := h.status("cam1"); s.Main.State != source.Connecting || s.State.Recording {
		t.Errorf("switched on again: %+v", s.Main)
	}
	if _, _, _, err := h.fleet.Open("cam1", media.Main); !errors.Is(err, capture.ErrOff) {
		t.Errorf("a stream before it begins: %v", err)
	}
	close(release)
	await(t, "the camera to come back", func() bool { return h.status("cam1").Main.Figures.Frames > 0 })
	h.fleet.Close()
	want := "start run seg gap:switched_off stop:switched_off start run seg gap:recorder_stopped stop:recorder_stopped"
	if got := kinds(records(t, h.volume.Root, "cam1")); got != want {
		t.Errorf("journal %q, want %q", got, want)
	}
}
