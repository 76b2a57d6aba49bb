package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"io"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/ntp"
	"github.com/pion/rtcp"

	"watchroom/internal/media"
	"watchroom/internal/source/sim/scene"
)

func set(t *testing.T, s *Sim, n int, f Fault) {
	t.Helper()
	if err := s.SetFault(n, f); err != nil {
		t.Fatal(err)
	}
}

func clearAll(t *testing.T, s *Sim, n int) {
	t.Helper()
	if err := s.ClearFaults(n); err != nil {
		t.Fatal(err)
	}
}

func TestCutClosesTheSession(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Tiny: true}}})
	v := need(t, s, 1, media.Main)
	v.next(t)
	set(t, s, 1, Fault{Kind: Cut})
	if err := <-v.ended; err == nil {
		t.Fatal("the session ended without an error")
	}
	need(t, s, 1, media.Main).next(t) // once: the next try works
	set(t, s, 1, Fault{Kind: Cut, Seconds: 3600})
	if _, err := connect(t, s, 1, media.Main, want{}); err == nil {
		t.Fatal("connected to a camera that is cut off")
	}
	clearAll(t, s, 1)
	need(t, s, 1, media.Main).next(t)
}

func TestRefuseAndBadCredentials(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Tiny: true}}, Username: "admin", Password: "pass1"})
	w := want{user: "admin", password: "pass1"}
	for _, c := range []struct {
		f    Fault
		says string
	}{{Fault{Kind: Refuse}, "503"}, {Fault{Kind: Refuse, Value: 404}, "404"}, {Fault{Kind: BadCredentials}, "401"}} {
		set(t, s, 1, c.f)
		if _, err := connect(t, s, 1, media.Main, w); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Fatalf("%v: %v", c.f, err)
		}
		clearAll(t, s, 1)
	}
	v, err := connect(t, s, 1, media.Main, w)
	if err != nil {
		t.Fatal(err)
	}
	v.next(t)
	set(t, s, 1, Fault{Kind: BadCredentials})
	<-v.ended
}

func TestStallWithholdsAndCounts(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Tiny: true, NoSub: true}}})
	v := need(t, s, 1, media.Main)
	last := v.next(t)
	set(t, s, 1, Fault{Kind: Stall, Seconds: 0.5})
	gap := v.until(t, "a gap in the counters", func(g got) bool {
		defer func() { last = g }()
		return g.counter != last.counter+1
	})
	h := s.Sessions(1, media.Main)[0].Handed
	if len(h) != 2 || h[1].First != gap.counter || h[1].First-h[0].Last-1 != s.Sent(1, media.Main).Withheld {
		t.Fatalf("handed %+v, gap before %d, %+v", h, gap.counter, s.Sent(1, media.Main))
	}
}

func TestPacketLossLeavesGapsInSequence(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{NoSub: true, Faults: []Fault{{Kind: PacketLoss, Value: 30}}}}})
	v := need(t, s, 1, media.Main)
	for range 10 {
		v.next(t)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	gaps := 0
	for i := 1; i < len(v.seqs); i++ {
		if v.seqs[i] != v.seqs[i-1]+1 {
			gaps++
		}
	}
	if gaps == 0 || s.Sent(1, media.Main).Damaged == 0 {
		t.Fatalf("%d gaps, %+v", gaps, s.Sent(1, media.Main))
	}
}

func TestTimestampJump(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Tiny: true, NoSub: true}}})
	v := need(t, s, 1, media.Main)
	last := v.next(t)
	set(t, s, 1, Fault{Kind: TimestampJump, Value: 100})
	v.until(t, "a jump of 100 s", func(g got) bool {
		defer func() { last = g }()
		return g.ts-last.ts == 100*90000+7500 && g.counter == last.counter+1
	})
	clearAll(t, s, 1)
	v.until(t, "a jump back", func(g got) bool {
		defer func() { last = g }()
		return int32(g.ts-last.ts) == -100*90000+7500
	})
}

// offset is how far the camera's clock is ahead by a sender report.
func offset(r *rtcp.SenderReport) float64 { return time.Until(ntp.Decode(r.NTPTime)).Seconds() }

func TestClockOffset(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Tiny: true, NoSub: true}, {Tiny: true, Faults: []Fault{{Kind: ClockOffset, Value: -7200}}}}})
	v := need(t, s, 1, media.Main)
	if o := offset(<-v.reports); math.Abs(o) > 30 {
		t.Fatalf("clock is %v s ahead without a fault", o)
	}
	set(t, s, 1, Fault{Kind: ClockOffset, Value: 3600})
	if o := offset(<-v.reports); math.Abs(o-3600) > 30 {
		t.Fatalf("clock is %v s ahead, want 3600", o)
	}
	if o := offset(<-need(t, s, 2, media.Main).reports); math.Abs(o+7200) > 30 {
		t.Fatalf("clock is %v s ahead, want -7200", o)
	}
}

// decode turns pictures, the first of them a key frame, into images with ffmpeg.
func decode(t *testing.T, w, h int, codec string, samples [][]byte) []image.Image {
	t.Helper()
	var annexB bytes.Buffer
	for _, b := range samples {
		for len(b) >= 4 {
			n := int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3])
			annexB.Write([]byte{0, 0, 0, 1})
			annexB.Write(b[4 : 4+n])
			b = b[4+n:]
		}
	}
	raw := runWith(t, &annexB, "ffmpeg", "-nostdin", "-v", "error", "-f", codec, "-i", "pipe:0", "-f", "rawvideo", "-pix_fmt", "gray", "-vsync", "passthrough", "pipe:1")
	var out []image.Image
	for ; len(raw) >= w*h; raw = raw[w*h:] {
		out = append(out, &image.Gray{Pix: raw[: w*h : w*h], Stride: w, Rect: image.Rect(0, 0, w, h)})
	}
	if len(out) == 0 {
		t.Fatal("nothing was decoded")
	}
	return out
}

// gop collects n pictures from a key frame on.
func (v *viewer) gop(t *testing.T, n int, first func(got) bool) (list []got, samples [][]byte) {
	t.Helper()
	g := v.until(t, "a key frame", func(g got) bool { return g.key && (first == nil || first(g)) })
	for {
		list, samples = append(list, g), append(samples, g.sample)
		if len(list) == n {
			return list, samples
		}
		g = v.next(t)
	}
}

func TestBarCodeOfEveryStream(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: Mix(6)})
	both := []media.Which{media.Main, media.Sub}
	var viewers []*viewer
	for k := range 12 {
		viewers = append(viewers, need(t, s, k/2+1, both[k%2]))
	}
	for k, v := range viewers {
		i, err := s.Info(k/2 + 1)
		if err != nil {
			t.Fatal(err)
		}
		info := i.Main
		if k%2 == 1 {
			info = *i.Sub
		}
		list, samples := v.gop(t, 6, nil)
		v.client.Close()
		codec := "h264"
		if info.Codec == media.H265 {
			codec = "hevc"
		}
		for j, img := range decode(t, info.Width, info.Height, codec, samples) {
			bar, ok := scene.ReadBar(img)
			// The counter begins at 1 with the loop's frame 0.
			if want := uint16((list[j].counter - 1) % uint64(info.Loop)); !ok || bar != want {
				t.Fatalf("%s: bar code %d, %v, want %d", info.URL, bar, ok, want)
			}
		}
	}
}

func mean(img image.Image) float64 {
	g := img.(*image.Gray)
	sum := 0
	for _, p := range g.Pix {
		sum += int(p)
	}
	return float64(sum) / float64(len(g.Pix))
}

// detail is the mean difference of neighbours, which falls when a lens loses focus.
func detail(img image.Image) float64 {
	g := img.(*image.Gray)
	sum := 0.0
	for y := range g.Rect.Dy() * 3 / 4 {
		for x := 1; x < g.Rect.Dx(); x++ {
			sum += math.Abs(float64(g.Pix[y*g.Stride+x]) - float64(g.Pix[y*g.Stride+x-1]))
		}
	}
	return sum / float64(len(g.Pix))
}

func TestPictureFaultsInALoop(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Scene: "warehouse"}}})
	v := need(t, s, 1, media.Sub)
	look := func(k Kind) (list []got, imgs []image.Image) {
		since := s.Sent(1, media.Sub).Counter
		if k != "" {
			set(t, s, 1, Fault{Kind: k})
		}
		list, samples := v.gop(t, 5, func(g got) bool { return g.counter > since+1 })
		imgs = decode(t, 320, 180, "h264", samples)
		clearAll(t, s, 1)
		return list, imgs
	}
	_, usual := look("")
	base := usual[0]
	for k, fits := range map[Kind]func(img image.Image) bool{
		Cover:   func(img image.Image) bool { return mean(img) < mean(base)*0.5 },
		Darken:  func(img image.Image) bool { return mean(img) < mean(base)*0.5 },
		LampOff: func(img image.Image) bool { return mean(img) < mean(base)*0.7 },
		Defocus: func(img image.Image) bool { return detail(img) < detail(base)*0.5 },
		Turn:    func(img image.Image) bool { return detail(img) < detail(base)*0.7 },
	} {
		if _, imgs := look(k); !fits(imgs[0]) {
			t.Errorf("%s: mean %v, detail %v; usually %v, %v", k, mean(imgs[0]), detail(imgs[0]), mean(base), detail(base))
		}
	}
	list, imgs := look(Freeze)
	a, _ := scene.ReadBar(imgs[0])
	b, ok := scene.ReadBar(imgs[4])
	if !ok || a != b || list[4].counter != list[0].counter+4 {
		t.Errorf("frozen: bar codes %d and %d, counters %d and %d", a, b, list[0].counter, list[4].counter)
	}
}

func TestFreezeOfAFile(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{LongGOP: true, NoSub: true, Faults: []Fault{{Kind: Freeze}}}}})
	v := need(t, s, 1, media.Main)
	for range 5 {
		if g := v.next(t); !g.key {
			t.Fatal("a clip without a frozen variant stands still on its key frame")
		}
	}
	if err := s.SetFault(1, Fault{Kind: Cover}); err == nil {
		t.Fatal("a clip without variants cannot be covered")
	}
}

func TestControl(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{}, {Scene: "gate", BFrames: true}}, Control: "127.0.0.1:0", Username: "admin", Password: "pass1"})
	for _, c := range []struct {
		method, path, body string
		status             int
		says               string
	}{
		{"GET", "/", "", 200, `"path":"/cameras/{n}/faults/{kind}"`},
		{"GET", "/", "", 200, `"value":"percent, 5 if absent"`},
		{"GET", "/cameras", "", 200, `"scene":"gate"`},
		{"GET", "/cameras/1", "", 200, `"codec":"h264"`},
		{"GET", "/cameras/9", "", 404, "camera_not_found"},
		{"POST", "/cameras/1/faults", `{"kind":"cover","seconds":60}`, 200, `"kind":"cover"`},
		{"POST", "/cameras/1/faults", `{"kind":"stall"}`, 200, `"kind":"stall"`},
		{"DELETE", "/cameras/1/faults/stall", "", 200, `"faults":[{"kind":"cover"`},
		{"DELETE", "/cameras/1/faults", "", 200, `"faults":[]`},
		{"POST", "/cameras/1/faults", `{"kind":"rain"}`, 400, "fault_invalid"},
		{"POST", "/cameras/1/faults", `{"kind":"rain"}`, 400, "There is cut, refuse, bad_credentials, stall, freeze, cover, turn, darken, defocus, lamp_off, timestamp_jump, packet_loss, clock_offset."},
		{"POST", "/cameras/1/faults", `{}`, 400, "There is cut, "},
		{"POST", "/cameras/1/faults", `{"kind":"cut","for":5}`, 400, "GET /"},
		{"DELETE", "/cameras/1/faults/rain", "", 400, "There is cut, "},
		{"POST", "/cameras/1/faults", `{"kind":"refuse","value":200}`, 400, "fault_invalid"},
		{"POST", "/cameras/1/faults", `{"kind":"packet_loss","value":101}`, 400, "fault_invalid"},
		{"POST", "/cameras/1/faults", `{"kind":"timestamp_jump","timeline":"x"}`, 400, "fault_invalid"},
		{"POST", "/cameras/1/faults", `{"kind":"stall","seconds":-1}`, 400, "fault_invalid"},
		{"POST", "/cameras/1/faults", `nonsense`, 400, "body_invalid"},
		{"POST", "/cameras/1/faults", `{"kind":"lamp_off"}`, 409, "fault_not_possible"},
		{"POST", "/cameras/2/faults", `{"kind":"turn"}`, 409, "fault_not_possible"},
		{"POST", "/cameras/0/faults", `{"kind":"cut"}`, 404, "camera_not_found"},
		{"PUT", "/cameras/1/ptz", `{"pan":10}`, 409, "ptz_not_possible"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, s.ControlURL()+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != c.status || !strings.Contains(string(b), c.says) || !json.Valid(b) {
			t.Errorf("%s %s %s: %d %s", c.method, c.path, c.body, res.StatusCode, b)
		}
		if bytes.Contains(b, []byte("pass1")) {
			t.Errorf("%s %s tells the password", c.method, c.path)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestControlListsEverything: what GET / tells can be done as it is told.
func TestControlListsEverything(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Scene: "corridor"}}, Control: "127.0.0.1:0"})
	ask := func(method, path, body string) (int, []byte) {
		req, err := http.NewRequestWithContext(t.Context(), method, s.ControlURL()+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		b, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, b
	}
	var told struct {
		Routes []struct{ Method, Path, Does string }
		Faults struct {
			Kinds  []struct{ Kind, Means string }
			Fields map[string]string
		}
	}
	if code, b := ask("GET", "/", ""); code != 200 || json.Unmarshal(b, &told) != nil {
		t.Fatalf("%d %s", code, b)
	}
	if len(told.Routes) != 7 || len(told.Faults.Kinds) != 13 {
		t.Fatalf("%d routes, %d kinds", len(told.Routes), len(told.Faults.Kinds))
	}
	body := map[string]any{"seconds": 60, "value": 0, "timeline": ""}
	for field := range told.Faults.Fields {
		if _, ok := body[field]; !ok && field != "kind" {
			t.Errorf("a fault has a field %s", field)
		}
	}
	for _, k := range told.Faults.Kinds {
		body["kind"] = k.Kind
		b, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		if code, answer := ask("POST", "/cameras/1/faults", string(b)); code != 200 || k.Means == "" {
			t.Errorf("%s: %d %s", k.Kind, code, answer)
		}
	}
	for _, r := range told.Routes {
		path := strings.NewReplacer("{n}", "1", "{kind}", "cut").Replace(r.Path)
		if code, answer := ask(r.Method, path, ""); r.Does == "" || code == 405 || code == 404 {
			t.Errorf("%s %s: %d %s", r.Method, r.Path, code, answer)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestFaultEndsByItself(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Cameras: []Camera{{Tiny: true, NoSub: true}}})
	set(t, s, 1, Fault{Kind: Stall, Seconds: 0.2})
	if f := s.Faults(1); len(f) != 1 || f[0].Kind != Stall {
		t.Fatal(fmt.Sprint(f))
	}
	need(t, s, 1, media.Main).next(t)
	if f := s.Faults(1); len(f) != 0 {
		t.Fatal(fmt.Sprint(f))
	}
}
