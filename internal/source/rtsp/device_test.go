package rtsp_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"

	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/source/rtsp"
)

// odd is a device written byte by byte, for what a real server never does.
type odd struct {
	sound string // another section of the description
	setup string // answer to SETUP, "" for the usual one
	// answer gives the answers to SETUP in turn; nil for setup
	answer func() string
	clock  time.Duration        // by which the Date of its answers is ahead, 0 for no Date
	play   func(net.Conn)       // what follows the answer to PLAY
	heard  func(request string) // told of every request
}

func (o odd) listen(t *testing.T) string {
	t.Helper()
	body := "v=0\r\no=- 0 0 IN IP4 0\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;sprop-parameter-sets=" + sets() + "\r\na=control:track1\r\n" + o.sound
	return listener(t, func(c net.Conn) {
		for {
			req, seq := readRequest(c)
			if o.heard != nil && req != "" {
				o.heard(req)
			}
			head := "RTSP/1.0 200 OK\r\nCSeq: " + seq + "\r\n"
			if o.clock != 0 {
				head += time.Now().Add(o.clock).UTC().Format("Date: Mon, Jan 02 2006 15:04:05 GMT\r\n")
			}
			switch {
			case req == "":
				return
			case strings.HasPrefix(req, "DESCRIBE"):
				fmt.Fprintf(c, "%sContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", head, len(body), body)
			case strings.HasPrefix(req, "SETUP"):
				if o.answer != nil {
					fmt.Fprintf(c, o.answer(), seq)
					continue
				}
				if o.setup != "" {
					fmt.Fprintf(c, o.setup, seq)
					continue
				}
				channels := "4-5"
				if strings.Contains(req, "track2") {
					channels = "6-7"
				}
				fmt.Fprint(c, head+"Session: 1;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved="+channels+"\r\n\r\n")
			case strings.HasPrefix(req, "PLAY"):
				fmt.Fprint(c, head+"\r\n")
				o.play(c)
				return
			case strings.HasPrefix(req, "OPTIONS"):
				fmt.Fprint(c, "RTSP/1.0 405 Not Allowed\r\nCSeq: "+seq+"\r\n\r\n")
			default:
				fmt.Fprint(c, head+"\r\n")
			}
		}
	})
}

// packet is an interleaved frame on channel 4.
func packet(seq uint16, ts uint32, pt byte, marker bool, payload []byte) []byte {
	if marker {
		pt |= 0x80
	}
	n := 12 + len(payload)
	b := []byte{'$', 4, byte(n >> 8), byte(n), 0x80, pt}
	b = binary.BigEndian.AppendUint16(b, seq)
	b = binary.BigEndian.AppendUint32(b, ts)
	b = binary.BigEndian.AppendUint32(b, 99)
	return append(b, payload...)
}

// untilClosed waits until the other side hangs up.
func untilClosed(c net.Conn) {
	b := make([]byte, 1000)
	for {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

// TestACamerasClockByItsAnswers: a device that sends no reports is known by the Date
// of its answers.
func TestACamerasClockByItsAnswers(t *testing.T) {
	d := odd{clock: -time.Hour, play: func(c net.Conn) {
		_, _ = c.Write(packet(1, 0, 96, true, picture(0x65, 900)))
		untilClosed(c)
	}}
	p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/"}, nil)
	p.until(t, "a run", func() bool { return len(p.runs) > 0 })
	f := p.runner.Status().Figures
	if f.ClockOffset == nil || *f.ClockOffset < -3601.5 || *f.ClockOffset > -3598.5 || f.ClockSource != source.ByDate {
		t.Errorf("offset %v by %q", f.ClockOffset, f.ClockSource)
	}
}

func TestOddDevices(t *testing.T) {
	quick := func(r *source.Runner) { r.NoFrameTimeout = 500 * time.Millisecond }
	t.Run("cut in the middle of a frame", func(t *testing.T) {
		t.Parallel()
		d := odd{play: func(c net.Conn) {
			_, _ = c.Write(packet(1, 0, 96, true, picture(0x65, 900)))
			_, _ = c.Write(packet(2, 3600, 96, true, picture(0x41, 900))[:300])
		}}
		p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/"}, nil)
		p.until(t, "the end of a run", func() bool { return len(p.ended) > 0 })
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.ended[0] != media.CauseNetwork || len(p.units) == 0 || len(p.units[0].Data) != 904 {
			t.Errorf("ended %v, %d units", p.ended, len(p.units))
		}
	})
	t.Run("wrong payload type", func(t *testing.T) {
		t.Parallel()
		d := odd{play: func(c net.Conn) {
			for i := range 30 {
				_, _ = c.Write(packet(uint16(i), uint32(i)*3600, 97, true, picture(0x65, 100)))
			}
			untilClosed(c)
		}}
		p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/"}, quick)
		p.until(t, "the reason", p.reason("payload_type_unexpected"))
		if f := p.runner.Status().Figures; f.BadPackets < 30 || f.Frames != 0 {
			t.Errorf("figures %+v", f)
		}
	})
	t.Run("rubbish between frames", func(t *testing.T) {
		t.Parallel()
		d := odd{play: func(c net.Conn) {
			for i := range 20 {
				_, _ = c.Write([]byte("\x00\x00rubbish$$"))
				_, _ = c.Write(packet(uint16(i), uint32(i)*3600, 96, true, picture(0x65, 100)))
				_, _ = c.Write([]byte("$\x09\x00\x02zz")) // a channel that nobody set up
			}
			untilClosed(c)
		}}
		p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/"}, nil)
		p.until(t, "20 units", func() bool { return len(p.units) == 20 })
	})
	t.Run("lost packets", func(t *testing.T) {
		t.Parallel()
		d := odd{play: func(c net.Conn) {
			for i := range 20 {
				_, _ = c.Write(packet(uint16(3*i), uint32(i)*3600, 96, true, picture(0x65, 100)))
			}
			untilClosed(c)
		}}
		p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/"}, nil)
		p.until(t, "20 units", func() bool { return len(p.units) >= 20 })
		if f := p.runner.Status().Figures; f.Lost < 38 {
			t.Errorf("lost %d", f.Lost)
		}
	})
	t.Run("refuses TCP and then UDP", func(t *testing.T) {
		t.Parallel()
		asked := make(chan string, 1000)
		d := odd{setup: "RTSP/1.0 461 Unsupported Transport\r\nCSeq: %s\r\n\r\n", heard: func(r string) {
			for line := range strings.SplitSeq(r, "\r\n") {
				if v, ok := strings.CutPrefix(line, "Transport: "); ok {
					asked <- v
				}
			}
		}}
		p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/"}, nil)
		p.until(t, "the reason", p.reason("transport_not_offered"))
		if a, b := <-asked, <-asked; !strings.Contains(a, "TCP") || strings.Contains(b, "TCP") {
			t.Errorf("asked for %q, then %q", a, b)
		}
	})
	t.Run("refuses TCP, which somebody chose", func(t *testing.T) {
		t.Parallel()
		d := odd{setup: "RTSP/1.0 461 Unsupported Transport\r\nCSeq: %s\r\n\r\n"}
		p := startPull(t, source.Config{URL: "rtsp://" + d.listen(t) + "/", Transport: "tcp"}, nil)
		p.until(t, "the reason", p.reason("tcp_not_offered"))
	})
	// The first transport is refused, and what was refused counts as a viewer until
	// the device has noticed its end.
	for name, c := range map[string]struct {
		answers []string
		code    string
	}{
		"is busy with the refused connection": {[]string{"461 Unsupported Transport", "503 Service Unavailable", "461 Unsupported Transport"}, "transport_not_offered"},
		"is busy with others":                 {[]string{"461 Unsupported Transport", "453 Not Enough Bandwidth", "453 Not Enough Bandwidth"}, "device_busy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers := make(chan string, len(c.answers))
			for _, a := range c.answers {
				answers <- a
			}
			d := odd{answer: func() string { return "RTSP/1.0 " + <-answers + "\r\nCSeq: %s\r\n\r\n" }}
			r, err := source.Probe(t.Context(), (&rtsp.Puller{BusyPause: 10 * time.Millisecond}).Run, source.Config{URL: "rtsp://" + d.listen(t) + "/"})
			if err != nil || r.Reason.Code != c.code || len(answers) != 0 {
				t.Errorf("%+v, %v, %d answers left", r, err, len(answers))
			}
		})
	}
	t.Run("speaks no UDP although it says so", func(t *testing.T) {
		t.Parallel()
		cam := (&camera{t: t, udp: true, mute: true, setups: make(chan gortsplib.Protocol, 100)}).start()
		p := startPullBy(t, &rtsp.Puller{UDPPatience: 300 * time.Millisecond}, source.Config{URL: "rtsp://" + cam.address() + "/cam", Transport: "udp"},
			func(r *source.Runner) { r.NoFrameTimeout = 4 * time.Second }) // after the other transport was tried
		p.until(t, "the reason", p.reason("no_frames"))
		// Further connections begin with TCP.
		for i, want := range []gortsplib.Protocol{gortsplib.ProtocolUDP, gortsplib.ProtocolTCP, gortsplib.ProtocolTCP, gortsplib.ProtocolTCP} {
			if got := <-cam.setups; got != want {
				t.Errorf("SETUP %d is over %v", i, got)
			}
		}
	})
	t.Run("accepts and never answers", func(t *testing.T) {
		t.Parallel()
		r, err := source.Probe(t.Context(), (&rtsp.Puller{HandshakeTimeout: 300 * time.Millisecond}).Run, source.Config{URL: "rtsp://" + listener(t, untilClosed) + "/"})
		if err != nil || r.OK || r.State != source.Unreachable || r.Reason.Code != "no_answer" {
			t.Errorf("result %+v, %v", r, err)
		}
	})
}
