package source

import (
	"errors"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"

	"watchroom/internal/media"
	"watchroom/internal/source/nal"
)

// decodeTimes gives each unit of one run its decoding time. The extractors fail
// on some real cameras; then a unit decodes when it came, which players bear,
// and the caller counts it. Nothing ever stops for the lack of a decoding time.
type decodeTimes struct {
	codec    media.Codec
	ordered  bool // decoding order is display order
	extract  func(au [][]byte, pts int64) (int64, error)
	sets     [][]byte
	scratch  [][]byte
	failures int // in a row
	last     int64
	seen     bool
}

var errExtractor = errors.New("source: the decoding time extractor failed")

// giveUpAfter failures in a row the extractor is not asked again in this run.
const giveUpAfter = 100

func newDecodeTimes(t media.Track, ordered bool) *decodeTimes {
	d := &decodeTimes{codec: t.Codec, ordered: ordered}
	switch t.Codec {
	case media.H264:
		x := &h264.DTSExtractor{}
		x.Initialize()
		d.extract = x.Extract
	case media.H265:
		x := &h265.DTSExtractor{}
		x.Initialize()
		d.extract = x.Extract
	case media.MJPEG, media.AAC, media.PCMA, media.PCMU, media.Opus:
		d.ordered = true
	}
	for _, list := range [][][]byte{t.VPS, t.SPS, t.PPS} {
		d.sets = append(d.sets, list...)
	}
	return d
}

// next gives the decoding time of the next unit in order of decoding. It is
// larger than the one before. fellBack tells that it is a guess.
func (d *decodeTimes) next(pts int64, key bool, data []byte) (dts int64, fellBack bool) {
	dts = pts
	if !d.ordered {
		if d.failures < giveUpAfter {
			at, err := d.ask(pts, key, data)
			if err == nil {
				dts, d.failures = at, 0
			} else {
				fellBack = true
				d.failures++
			}
		} else {
			fellBack = true
		}
	}
	if d.seen && dts <= d.last {
		dts = d.last + 1
	}
	d.seen, d.last = true, dts
	return dts, fellBack
}

func (d *decodeTimes) ask(pts int64, key bool, data []byte) (dts int64, err error) {
	defer func() {
		if r := recover(); r != nil { // the extractors index by what cameras send
			d.failures, err = giveUpAfter, errExtractor
		}
	}()
	au := d.scratch[:0]
	if key {
		au = append(au, d.sets...) // they may be in the description only
	}
	for n := range nal.All(data) {
		if len(n) > nal.HeaderSize(d.codec) {
			au = append(au, n)
		}
	}
	d.scratch = au
	dts, err = d.extract(au, pts)
	clear(d.scratch) // it must not keep the unit alive
	return dts, err
}
