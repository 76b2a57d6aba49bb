package playback_test

import (
	"bytes"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"watchroom/evidence/fmp4"
	"watchroom/internal/media"
	"watchroom/internal/playback"
	"watchroom/internal/playback/flac"
	"watchroom/internal/testkit/footage"
	"watchroom/internal/testkit/shelf"
)

// speaking is footage with G.711 that is different in every packet.
func speaking(t *testing.T, law media.Codec) *footage.Clip {
	t.Helper()
	clip := footage.Make(t, footage.Spec{Audio: law, Seconds: 4})
	random := rand.New(rand.NewPCG(7, 11))
	for i := range clip.Units {
		if u := &clip.Units[i]; u.Track == 1 {
			u.Data = make([]byte, len(u.Data))
			for j := range u.Data {
				u.Data[j] = byte(random.Uint32())
			}
		}
	}
	return clip
}

// heard decodes the sound of an MP4 with ffmpeg.
func heard(t *testing.T, b []byte) []byte {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-nostdin", "-v", "error", "-xerror", "-err_detect", "crccheck+explode", "-i", "pipe:0", "-vn", "-f", "s16le", "pipe:1")
	var out, complaint bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(b), &out, &complaint
	if err := cmd.Run(); err != nil || complaint.Len() > 0 {
		t.Fatalf("ffmpeg (apt-get install ffmpeg): %v: %s", err, complaint.Bytes())
	}
	return out.Bytes()
}

// TestG711IsHeardAsItWas: what a stream gives as FLAC decodes to what the same
// interval's file, which holds G.711 as sent, decodes to; also over the seams of
// segments, those that overlap among them.
func TestG711IsHeardAsItWas(t *testing.T) {
	for _, law := range []media.Codec{media.PCMA, media.PCMU} {
		clip := speaking(t, law)
		l, _ := library(t,
			shelf.Segment{Clip: clip, Start: noon, Length: 10e6},
			shelf.Segment{Clip: clip, Start: noon + 10*second, Length: 10e6},
			shelf.Segment{Clip: clip, Start: noon + 20*second - 480_000, Length: 10e6})
		random := rand.New(rand.NewPCG(1, 9))
		for i := range 8 {
			from := noon + random.Int64N(15*second)
			to := from + second + random.Int64N(12*second)
			if i == 0 {
				from, to = noon, noon+29*second
			}
			_, file := whole(t, l, from, to)
			s, stream := sent(t, l, playback.Request{Camera: "cam1", From: from, To: to, Base: noon, Audio: true})
			want, got := heard(t, file), heard(t, stream)
			if len(want) < 2*8000 || !bytes.Equal(got, want) {
				t.Errorf("%s from %d µs to %d µs: %d samples, want %d, or they differ", law, from-noon, to-noon, len(got)/2, len(want)/2)
			}
			if s.Derived != law || !strings.HasSuffix(s.MIME, ",flac") {
				t.Errorf("%s is derived from %q, type %q", law, s.Derived, s.MIME)
			}
			a, b := inspect(t, file), inspect(t, stream)
			if d := a[2].end + s.Start - b[2].end - noon; b[2].samples != a[2].samples || d < -200 || d > 200 {
				t.Errorf("%s: %d frames for %d samples, ending %d µs apart", law, b[2].samples, a[2].samples, d)
			}
			tracks, _, err := fmp4.ReadInit(file)
			if err != nil || media.Codec(tracks[1].Codec) != law {
				t.Errorf("the file holds %v, %v, instead of what was sent", tracks, err)
			}
		}
	}
}

func sent(t *testing.T, l *playback.Library, r playback.Request) (*playback.Stream, []byte) {
	t.Helper()
	return (&past{Library: l}).read(t, r)
}

// TestPicturesBesideDerivedSound are those of a stream without sound.
func TestPicturesBesideDerivedSound(t *testing.T) {
	l, _ := library(t, shelf.Segment{Clip: speaking(t, media.PCMA), Start: noon, Length: 8e6})
	ask := playback.Request{Camera: "cam1", From: noon, To: noon + 8*second, Base: noon}
	mute, silent := sent(t, l, ask)
	ask.Audio = true
	_, loud := sent(t, l, ask)
	if a, b := pictureBytes(t, silent), pictureBytes(t, loud); len(a) == 0 || !bytes.Equal(a, b) {
		t.Errorf("%d bytes of pictures without sound, %d with it, or they differ", len(a), len(b))
	}
	if mute.Derived != "" || strings.Contains(mute.MIME, "flac") {
		t.Errorf("without sound: derived from %q, type %q", mute.Derived, mute.MIME)
	}
	ask.Keyframes = true
	if s, _ := sent(t, l, ask); s.Derived != "" || strings.Contains(s.MIME, "flac") {
		t.Errorf("key frames: derived from %q, type %q", s.Derived, s.MIME)
	}
}

// pictureBytes are the samples of the first track, one after the other.
func pictureBytes(t *testing.T, b []byte) (out []byte) {
	t.Helper()
	_, size, err := fmp4.ReadInit(b)
	if err != nil {
		t.Fatal(err)
	}
	_, err = fmp4.Scan(bytes.NewReader(b), int64(size), int64(len(b)), func(p *fmp4.Part) error {
		if err := p.Samples(b[p.Offset:]); err != nil {
			return err
		}
		if f := p.Track(1); f != nil {
			for _, s := range f.Samples {
				out = append(out, s.Data...)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSoundThatBrowsersPlayStays as it was sent.
func TestSoundThatBrowsersPlayStays(t *testing.T) {
	clip := footage.Make(t, footage.Spec{Audio: media.AAC, Seconds: 4})
	l, _ := library(t, shelf.Segment{Clip: clip, Start: noon, Length: 4e6})
	s, b := sent(t, l, playback.Request{Camera: "cam1", From: noon, To: noon + 4*second, Audio: true})
	tracks, _, err := fmp4.ReadInit(b)
	if err != nil || s.Derived != "" || !slices.ContainsFunc(tracks, func(t fmp4.Track) bool { return t.Codec == fmp4.AAC }) {
		t.Errorf("%v, derived from %q, %v", tracks, s.Derived, err)
	}
}

// TestOddPackets: empty ones lose no time, and long ones become several frames.
func TestOddPackets(t *testing.T) {
	clip := speaking(t, media.PCMU)
	var want []int16
	units := clip.Units[:0]
	n := 0
	for _, u := range clip.Units {
		if u.Track == 1 {
			if n++; n == 1 || n == 3 || n == 4 {
				u.Data = []byte{}
			}
			if n == 5 {
				u.Data = bytes.Repeat([]byte{1, 2, 3}, 4000)
			}
			want = flac.MuLaw.Expand(want, u.Data)
		}
		units = append(units, u)
	}
	clip.Units = units
	l, _ := library(t, shelf.Segment{Clip: clip, Start: noon, Length: 4e6})
	_, b := sent(t, l, playback.Request{Camera: "cam1", From: noon, To: noon + 4*second, Audio: true})
	var expected []byte
	for _, v := range want {
		expected = append(expected, byte(v), byte(v>>8))
	}
	if got := heard(t, b); !bytes.Equal(got, expected) {
		t.Errorf("%d samples, want %d, or they differ", len(got)/2, len(want))
	}
	_, file := whole(t, l, noon, noon+4*second)
	before, after := inspect(t, file)[2], inspect(t, b)[2]
	// The first packet is empty and comes out as nothing; the fifth becomes three.
	if after.begin-before.begin != 40_000 || after.end != before.end || after.samples != before.samples-3+2 ||
		after.keys[1] != 160_000 || after.keys[4] != 200_000 {
		t.Errorf("recorded %+v, derived %+v", *before, *after)
	}
}
