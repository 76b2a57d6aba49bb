package whep

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"

	"watchroom/internal/live"
	"watchroom/internal/media"
	"watchroom/internal/problem"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/leak"
	"watchroom/internal/testkit/livetest"
)

// same compares what was seen with what was sent; the first key frame of a viewer
// may carry parameter sets that the camera does not send in band.
func same(t *testing.T, sent []*media.Unit, seen []picture) {
	t.Helper()
	for i, u := range sent {
		want, got := nalsOf(u), seen[i].nals
		if u.Key && len(got) > len(want) {
			if got[0][0]&0x1f != h264SPS || got[1][0]&0x1f != h264PPS {
				t.Errorf("key frame %d begins with NAL types %d, %d", i, got[0][0]&0x1f, got[1][0]&0x1f)
			}
			got = got[len(got)-len(want):]
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("picture %d of %d differs: %s", i, len(sent), d)
		}
	}
}

func TestTheLastGroupComesAtOnceAndNothingIsMissing(t *testing.T) {
	leak.Check(t)
	clause.Covers(t, "C044")
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	sent := camera.Send(27)[20:] // a key frame every ten
	if !sent[0].Key {
		t.Fatal("the clip has no key frame where the test expects one")
	}
	c := watch(t, s, "ann")
	seen := c.see(len(sent)) // nothing was sent since: this is the past
	more := camera.Send(15)
	seen = append(seen, c.see(15)...)
	same(t, append(sent, more...), seen)
	if got := seen[0].nals[0][0] & 0x1f; got != h264SPS {
		t.Errorf("the first NAL unit has type %d", got)
	}
	for i := 1; i < len(seen); i++ {
		want := uint32(90) // the past is stamped densely
		if i >= len(sent) {
			want = 3600
		}
		if d := seen[i].stamp - seen[i-1].stamp; d != want {
			t.Errorf("picture %d is %d ticks after the one before", i, d)
		}
	}
	sr := take(t, c.reports, "a sender report")
	if sr.NTPTime == 0 || sr.RTPTime-seen[len(sent)-1].stamp > 90000 {
		t.Errorf("report %+v, stamp %d", sr, seen[len(sent)-1].stamp)
	}
	if n := s.Viewers.Figures(); n.Bytes == 0 || n.Watching["whep"] != 1 {
		t.Errorf("figures %+v", n)
	}
	if s.Figures().Sessions != 1 || camera.Stream.Watchers() != 1 {
		t.Error("one session and one watcher expected")
	}
	if err := s.Delete(context.Background(), c.answer.ID); err != nil {
		t.Error(err)
	}
	take(t, c.closed, "the end")
	s.Close()
	if camera.Stream.Watchers() != 0 || camera.Holds.Load() != 0 || s.Figures().Sessions != 0 {
		t.Error("something is held after the end")
	}
	c.hangUp()
}

func TestH265(t *testing.T) {
	camera := livetest.New(t, footage.Spec{Codec: media.H265, Seconds: 1})
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	sent := camera.Send(4)
	c, err := dialWith(t, s, "ann", "video/H265", "level-id=120;profile-id=1;tier-flag=0;tx-mode=SRST")
	if err != nil {
		t.Fatal(err)
	}
	c.accept(c.answer.SDP)
	seen := c.see(4)
	if first := seen[0].nals[0][0] >> 1; first != h265VPS {
		t.Errorf("the first NAL unit has type %d", first)
	}
	for i, u := range sent {
		got := seen[i].nals
		if last := got[len(got)-1]; !bytes.HasSuffix(u.Data, last) {
			t.Errorf("picture %d ends with %d other bytes", i, len(last))
		}
	}
}

func TestWithoutAPastTheNextKeyFrameIsTheFirst(t *testing.T) {
	camera := livetest.New(t, footage.Spec{}).Forgetful()
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	camera.Send(3)
	c := watch(t, s, "ann")
	sent := camera.Send(20)[7:]
	same(t, sent, c.see(len(sent)))
}

func TestASlowViewerSkipsToAKeyFrameAndOthersDoNot(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, func(s *Server) { s.Queue = 12 })
	camera.Begin("r1", 0)
	sent := camera.Send(1)
	quick := watch(t, s, "ann")
	slow, err := dial(t, s, "bob") // does not connect: everything waits for it
	if err != nil {
		t.Fatal(err)
	}
	seen := quick.see(1)
	for range 46 {
		sent = append(sent, camera.Send(1)...)
		seen = append(seen, quick.see(1)...)
	}
	same(t, sent, seen)
	slow.accept(slow.answer.SDP)
	same(t, sent[:1], slow.see(1)) // its past
	next := slow.see(1)[0]
	at := -1
	for i := 1; i < len(sent); i++ {
		if nals := nalsOf(sent[i]); bytes.Equal(nals[len(nals)-1], next.nals[len(next.nals)-1]) {
			at = i
		}
	}
	if at < 10 || !sent[at].Key {
		t.Errorf("the slow viewer goes on with picture %d", at)
	}
	same(t, sent[at+1:], slow.see(len(sent)-at-1))
	if got := s.Viewers.Figures().Dropped; got < 10 {
		t.Errorf("%d units counted as dropped", got)
	}
	s.Close()
	quick.hangUp()
	slow.hangUp()
}

func TestSound(t *testing.T) {
	for codec, want := range map[media.Codec]string{
		media.Opus: "opus", media.PCMA: "pcma", media.AAC: "none: aac_needs_mse", media.PCMU: "none: audio_not_offered", "": "none: no_audio",
	} {
		camera := livetest.New(t, footage.Spec{Audio: codec, Seconds: 2})
		s := serve(t, camera, nil)
		camera.Begin("r1", 0)
		camera.Send(12)
		c := watch(t, s, "ann")
		c.see(2)
		if c.answer.Audio != want {
			t.Errorf("%s: %s", codec, c.answer.Audio)
		}
		if strings.HasPrefix(want, "none") {
			continue
		}
		camera.Send(20)
		a, b := take(t, c.sound, "sound"), take(t, c.sound, "sound")
		step := uint32(960) // 20 ms at 48 kHz
		if codec == media.PCMA {
			step = 320 // 40 ms at 8 kHz
		}
		if b.Timestamp-a.Timestamp != step || len(a.Payload) == 0 {
			t.Errorf("%s: steps of %d ticks, %d bytes", codec, b.Timestamp-a.Timestamp, len(a.Payload))
		}
	}
}

func TestRunsGoOnInOneSession(t *testing.T) {
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	sent := camera.Send(5)
	c := watch(t, s, "ann")
	seen := c.see(5)
	same(t, sent, seen)
	camera.End(media.CauseNetwork)
	camera.Begin("r2", 7)
	sent = camera.Send(12)
	again := c.see(12)
	same(t, sent, again)
	if d := again[0].stamp - seen[4].stamp; d < 7*90000 || d > 8*90000 {
		t.Errorf("seven seconds later is %d ticks", d)
	}
}

func TestAnotherCodecEndsTheSession(t *testing.T) {
	h265 := []media.Track{{ID: 1, Codec: media.H265, Timescale: 90000}}
	reordered := footage.Make(t, footage.Spec{Seconds: 1, BFrames: 2, FPS: 10}).Tracks
	for want, tracks := range map[string][]media.Track{
		"codec_changed": h265, "b_frames_need_mse": reordered,
	} {
		camera := livetest.New(t, footage.Spec{})
		s := serve(t, camera, nil)
		camera.Begin("r1", 0)
		camera.Send(1)
		c := watch(t, s, "ann")
		c.see(1)
		camera.BeginWith("r2", 1, tracks)
		take(t, c.closed, "the end")
		s.running.Wait()
		_, err := s.Viewer(c.answer.ID)
		if !errors.Is(err, live.ErrNoSession) || problem.Of(err).Params["reason"] != want {
			t.Errorf("afterwards: %v %v, want %s", err, problem.Of(err).Params, want)
		}
	}
}

func TestReorderedPicturesThatNobodyAnnouncedEndTheSession(t *testing.T) {
	camera := livetest.New(t, footage.Spec{BFrames: 2})
	s := serve(t, camera, nil)
	run := camera.Begin("r1", 0)
	run.Tracks[0].SPS = [][]byte{{0x67, 0x64, 0, 0x0b}} // too short to tell
	camera.Send(1)
	c := watch(t, s, "ann")
	c.see(1)
	camera.Send(5)
	take(t, c.closed, "the end")
	s.running.Wait()
	if _, err := s.Viewer(c.answer.ID); problem.Of(err).Params["reason"] != "b_frames_need_mse" {
		t.Errorf("reason %v", problem.Of(err).Params)
	}
}

func TestOverTCP(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, func(s *Server) { s.TCP = "127.0.0.1:0" })
	camera.Begin("r1", 0)
	sent := camera.Send(8)
	c, err := dial(t, s, "ann")
	if err != nil {
		t.Fatal(err)
	}
	c.accept(onlyTCP(c.answer.SDP))
	sent = append(sent, camera.Send(12)...)
	same(t, sent, c.see(20))
	s.Viewers.EndPerson("ann", live.ErrRightsEnded)
	take(t, c.closed, "the end")
	s.Close()
	c.hangUp()
}

// stall is a proxy to a TCP port that stops passing on what the server says.
func stall(t *testing.T, to string) (port string, stop func()) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stopped, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		near, err := l.Accept()
		if err != nil {
			return
		}
		defer near.Close()
		far, err := net.Dial("tcp", to)
		if err != nil {
			return
		}
		go func() {
			_, _ = io.Copy(far, near)
			_ = far.Close()
		}()
		b := make([]byte, 2048)
		for {
			select {
			case <-stopped: // the server's words pile up until it hangs up
				_, _ = io.Copy(far, near)
				return
			default:
			}
			n, err := far.Read(b)
			if err != nil {
				return
			}
			if _, err := near.Write(b[:n]); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port, sync.OnceFunc(func() { close(stopped) })
}

func TestAViewerThatStopsReadingOverTCPIsEndedAndHoldsNobody(t *testing.T) {
	leak.Check(t)
	camera := livetest.New(t, footage.Spec{Width: 1280, Height: 720, GOP: 1, Seconds: 1})
	s := serve(t, camera, func(s *Server) { s.TCP, s.Queue, s.WriteTimeout = "127.0.0.1:0", 8, 500*time.Millisecond })
	camera.Begin("r1", 0)
	camera.Send(1)
	_, tcp := s.Addresses()
	proxy, stop := stall(t, tcp)
	stuck, err := dial(t, s, "stuck")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(tcp)
	stuck.accept(strings.ReplaceAll(onlyTCP(stuck.answer.SDP), " "+port+" typ", " "+proxy+" typ"))
	stuck.see(1)
	quick, err := dial(t, s, "quick")
	if err != nil {
		t.Fatal(err)
	}
	quick.accept(onlyTCP(quick.answer.SDP)) // UDP on a busy machine may lose a packet
	quick.see(1)
	stop()
	for len(s.Viewers.List()) > 1 {
		camera.Send(1)
		quick.see(1)
	}
	if _, err := s.Viewer(stuck.answer.ID); problem.Of(err).Params["reason"] != "connection_lost" {
		t.Errorf("reason %v", problem.Of(err).Params)
	}
	s.Close()
	stuck.hangUp()
	quick.hangUp()
}

func TestComplaintsAreCounted(t *testing.T) {
	camera := livetest.New(t, footage.Spec{})
	s := serve(t, camera, nil)
	camera.Begin("r1", 0)
	camera.Send(1)
	c := watch(t, s, "ann")
	c.see(1)
	track := c.pc.GetReceivers()[0].Track()
	lost := &rtcp.TransportLayerNack{MediaSSRC: uint32(track.SSRC()), Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{1, 2, 9})}
	if err := c.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}, lost}); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(patience)
	for f := s.Figures(); f.PictureLoss != 1 || f.Retransmissions != 3; f = s.Figures() {
		select {
		case <-deadline:
			t.Fatalf("counted %+v", f)
		case <-time.Tick(time.Millisecond):
		}
	}
}

func TestAddresses(t *testing.T) {
	camera := livetest.New(t, footage.Spec{Seconds: 1})
	camera.Begin("r1", 0)
	s := serve(t, camera, func(s *Server) {
		s.UDP, s.TCP, s.Announce = "0.0.0.0:0", "127.0.0.1:0", []string{"203.0.113.9"}
	})
	udp, tcp := s.Addresses()
	port := ""
	for _, a := range udp {
		host, p, err := net.SplitHostPort(a)
		if err != nil || net.ParseIP(host).IsUnspecified() || port != "" && p != port {
			t.Errorf("listens on %v", udp)
		}
		port = p
	}
	c, err := dial(t, s, "ann")
	if err != nil {
		t.Fatal(err)
	}
	_, tcpPort, _ := net.SplitHostPort(tcp)
	for _, want := range []string{"127.0.0.1 " + port + " typ host", "203.0.113.9 " + port + " typ host", "127.0.0.1 " + tcpPort + " typ host tcptype passive"} {
		if !strings.Contains(c.answer.SDP, want) {
			t.Errorf("no candidate %s in\n%s", want, c.answer.SDP)
		}
	}
	if strings.Contains(c.answer.SDP, ".local") {
		t.Error("mDNS names in the answer")
	}
	busy := &Server{UDP: udp[0]}
	if err := busy.Start(context.Background()); err == nil {
		busy.Close()
		t.Error("two servers on one port")
	}
	if err := (&Server{UDP: "nonsense"}).Start(context.Background()); err == nil {
		t.Error("started without an address")
	}
}
