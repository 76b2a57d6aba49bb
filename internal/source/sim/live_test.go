package sim

import (
	"bytes"
	"image"
	"io"
	"os/exec"
	"strings"
	"testing"

	"watchroom/internal/media"
	"watchroom/internal/source/sim/scene"
)

func runWith(t *testing.T, in io.Reader, name string, args ...string) []byte {
	t.Helper()
	var out, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &out, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v: %s", name, err, stderr.String())
	}
	return out.Bytes()
}

func TestLiveCamera(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Live: true, Scene: "corridor", Audio: media.PCMA}}})
	v := need(t, s, 1, media.Main)
	look := func() ([]got, []image.Image) {
		since := s.Sent(1, media.Main).Counter
		list, samples := v.gop(t, 3, func(g got) bool { return g.counter > since+1 })
		return list, decode(t, 640, 360, "h264", samples)
	}
	list, usual := look()
	for i, img := range usual {
		if bar, ok := scene.ReadBar(img); !ok || bar != uint16(list[i].counter) {
			t.Fatalf("bar code %d, %v, counter %d", bar, ok, list[i].counter)
		}
	}
	if list[1].counter != list[0].counter+1 || list[1].ts == list[0].ts {
		t.Fatalf("%d, %d then %d, %d", list[0].counter, list[0].ts, list[1].counter, list[1].ts)
	}
	<-v.audio
	set(t, s, 1, Fault{Kind: Cover})
	if _, imgs := look(); mean(imgs[0]) > mean(usual[0])*0.5 {
		t.Fatalf("covered: mean %v, usually %v", mean(imgs[0]), mean(usual[0]))
	}
	clearAll(t, s, 1)
	set(t, s, 1, Fault{Kind: Freeze})
	_, imgs := look()
	a, _ := scene.ReadBar(imgs[0])
	if b, ok := scene.ReadBar(imgs[2]); !ok || a != b {
		t.Fatalf("frozen: bar codes %d and %d", a, b)
	}
	clearAll(t, s, 1)
	if err := s.PTZ(1, 40, -10, 3); err != nil {
		t.Fatal(err)
	}
	if _, imgs := look(); differs(imgs[0], usual[0]) < 8 {
		t.Fatal("panned, tilted and zoomed, the picture is the same")
	}
	if err := s.PTZ(1, 0, 0, 99); err == nil {
		t.Fatal("zoom 99 was taken")
	}
	need(t, s, 1, media.Sub).next(t)
}

// differs is the mean difference of two pictures, in levels of grey.
func differs(a, b image.Image) float64 {
	x, y := a.(*image.Gray).Pix, b.(*image.Gray).Pix
	sum := 0
	for i := range x {
		d := int(x[i]) - int(y[i])
		sum += max(d, -d)
	}
	return float64(sum) / float64(len(x))
}

func TestLiveCameraReapsItsChild(t *testing.T) {
	s := start(t, Options{Cameras: []Camera{{Live: true, NoSub: true}}})
	need(t, s, 1, media.Main).next(t)
	s.Close()
	// A child that had not been waited for would be listed under this process.
	out := run(t, "sh", "-c", "ps -o ppid=,comm= -A | awk -v p=$PPID '$1==p && $2 ~ /ffmpeg/'")
	if strings.TrimSpace(string(out)) != "" {
		t.Fatalf("still there: %s", out)
	}
}
