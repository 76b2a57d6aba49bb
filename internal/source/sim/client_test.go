package sim

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"watchroom/internal/media"
)

// got is one picture as a client received it.
type got struct {
	counter uint64
	sentAt  time.Time
	key     bool
	ts      uint32
	sample  []byte // AVCC
}

// viewer is a client of one stream.
type viewer struct {
	client   *gortsplib.Client
	desc     *description.Session
	pictures chan got
	audio    chan *rtp.Packet
	reports  chan *rtcp.SenderReport
	ended    chan error

	mu   sync.Mutex // guards what follows
	seqs []uint16
}

type want struct {
	user, password string
	udp            bool
}

// start runs a simulator that the test's end closes.
func start(t *testing.T, opts Options) *Sim {
	t.Helper()
	s, err := New(opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// connect plays a stream; err is what DESCRIBE, SETUP or PLAY answered.
func connect(t *testing.T, s *Sim, n int, which media.Which, w want) (*viewer, error) {
	t.Helper()
	u, err := base.ParseURL(s.URL(n, which))
	if err != nil {
		t.Fatal(err)
	}
	v := &viewer{
		pictures: make(chan got, 4096), audio: make(chan *rtp.Packet, 4096),
		reports: make(chan *rtcp.SenderReport, 64), ended: make(chan error, 1),
	}
	proto := gortsplib.ProtocolTCP
	if w.udp {
		proto = gortsplib.ProtocolUDP
	}
	v.client = &gortsplib.Client{Scheme: u.Scheme, Host: u.Host, Protocol: &proto}
	if pem := s.Certificate(); pem != nil {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(pem)
		v.client.TLSConfig = &tls.Config{RootCAs: pool}
	}
	if w.user != "" {
		u, err = base.ParseURL(fmt.Sprintf("%s://%s:%s@%s%s", u.Scheme, w.user, w.password, u.Host, u.Path))
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := v.client.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	t.Cleanup(func() { once.Do(v.client.Close) })
	if v.desc, _, err = v.client.Describe(u); err != nil {
		return v, err
	}
	if err := v.client.SetupAll(v.desc.BaseURL, v.desc.Medias); err != nil {
		return v, err
	}
	v.listen(t)
	if _, err := v.client.Play(nil); err != nil {
		return v, err
	}
	go func() { v.ended <- v.client.Wait() }()
	return v, nil
}

func (v *viewer) listen(t *testing.T) {
	var h4 *format.H264
	var h5 *format.H265
	if m := v.desc.FindFormat(&h4); m != nil {
		dec, err := h4.CreateDecoder()
		if err != nil {
			t.Fatal(err)
		}
		v.client.OnPacketRTP(m, h4, func(pkt *rtp.Packet) {
			v.note(pkt)
			if au, err := dec.Decode(pkt); err == nil {
				v.take(au, pkt.Timestamp, h264.IsRandomAccess(au))
			}
		})
		v.client.OnPacketRTCP(m, v.report)
	} else if m := v.desc.FindFormat(&h5); m != nil {
		dec, err := h5.CreateDecoder()
		if err != nil {
			t.Fatal(err)
		}
		v.client.OnPacketRTP(m, h5, func(pkt *rtp.Packet) {
			v.note(pkt)
			if au, err := dec.Decode(pkt); err == nil {
				key := false
				for _, n := range au {
					key = key || n[0]>>1&0x3f >= 16 && n[0]>>1&0x3f <= 21
				}
				v.take(au, pkt.Timestamp, key)
			}
		})
		v.client.OnPacketRTCP(m, v.report)
	}
	for _, m := range v.desc.Medias {
		if m.Type == description.MediaTypeAudio {
			v.client.OnPacketRTP(m, m.Formats[0], func(pkt *rtp.Packet) { v.audio <- pkt })
		}
	}
}

func (v *viewer) report(p rtcp.Packet) {
	if r, ok := p.(*rtcp.SenderReport); ok {
		v.reports <- r
	}
}

func (v *viewer) note(pkt *rtp.Packet) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seqs = append(v.seqs, pkt.SequenceNumber)
}

func (v *viewer) take(au [][]byte, ts uint32, key bool) {
	b, err := h264.AVCC(au).Marshal()
	if err != nil {
		return
	}
	c, at, _ := ParseCounter(b)
	v.pictures <- got{c, at, key, ts, b}
}

// need is connect for a stream that must work.
func need(t *testing.T, s *Sim, n int, which media.Which) *viewer {
	t.Helper()
	v, err := connect(t, s, n, which, want{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const patience = time.Minute

// next waits for a picture.
func (v *viewer) next(t *testing.T) got {
	t.Helper()
	select {
	case g := <-v.pictures:
		return g
	case err := <-v.ended:
		t.Fatalf("session ended: %v", err)
	case <-time.After(patience):
		t.Fatal("no picture")
	}
	return got{}
}

// until takes pictures as long as they do not fit.
func (v *viewer) until(t *testing.T, what string, fits func(got) bool) got {
	t.Helper()
	for range 400 {
		if g := v.next(t); fits(g) {
			return g
		}
	}
	t.Fatalf("no picture: %s", what)
	return got{}
}
