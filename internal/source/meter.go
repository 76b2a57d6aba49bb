package source

import (
	"slices"
	"sync"
	"time"

	"watchroom/internal/media"
)

// meter keeps a stream's figures over all its sessions.
type meter struct {
	mu sync.Mutex // guards all below: sessions write, Status reads
	f  Figures

	opened  int64 // µs: start of the window that rates are taken over
	span    int64 // µs: how long the last one was; longer than rateWindow for slow cameras
	bytes   int
	frames  int
	first   int64 // dts (µs) of the window's first picture
	last    int64
	key     int64 // dts (µs) of the last key frame
	hasKey  bool
	offsets [8]float64 // of sender reports
	reports int
	dates   [8]float64 // of Date headers
	dated   int
	grace   int // windows that still hold the burst of a session's beginning
}

const rateWindow = 2 * second

// reset begins a new session: rates start anew, counters go on.
func (m *meter) reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.opened, m.span, m.bytes, m.frames, m.hasKey, m.reports, m.dated, m.grace = 0, 0, 0, 0, false, 0, 0, 1
	m.f.Bitrate, m.f.FPS, m.f.ClockOffset, m.f.ClockSource = 0, 0, nil, ""
}

// with changes the figures under the lock.
func (m *meter) with(f func(*Figures)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.f)
}

// unit counts one unit. arrival and dts are µs; video tells a picture.
func (m *meter) unit(arrival, dts int64, size int, video, key bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.f.Bytes += uint64(size)
	if m.opened == 0 {
		m.opened, m.first = arrival, dts
	}
	if arrival-m.opened >= rateWindow {
		m.close(arrival, dts)
	}
	m.bytes += size
	if !video {
		return
	}
	m.f.Frames++
	m.f.LastFrame = time.UnixMicro(arrival).UTC()
	m.frames++
	m.last = dts
	if key {
		if m.hasKey && dts > m.key {
			m.f.KeyInterval = float64(dts-m.key) / 1e6
		}
		m.key, m.hasKey = dts, true
	}
}

// close ends the window that rates are taken over and opens the next.
func (m *meter) close(arrival, dts int64) {
	m.span = arrival - m.opened
	span := float64(m.span) / 1e6
	m.f.Bitrate = float64(m.bytes) * 8 / span
	if m.frames > 1 && m.last > m.first {
		m.f.FPS = float64(m.frames-1) / (float64(m.last-m.first) / 1e6)
	} else {
		m.f.FPS = float64(m.frames) / span
	}
	m.grace = max(m.grace-1, 0)
	m.opened, m.bytes, m.frames, m.first = arrival, 0, 0, dts
}

// offset notes the difference of the clocks, seconds. Reports are delayed on
// their way, never early: the largest of the last few is the best.
func (m *meter) offset(v float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offsets[m.reports%len(m.offsets)] = v
	m.reports++
	best := v
	for i := range min(m.reports, len(m.offsets)) {
		best = max(best, m.offsets[i])
	}
	m.f.ClockOffset, m.f.ClockSource = &best, BySenderReport
}

// date notes the difference of the clocks by a Date header, seconds. Of the camera's
// time it tells whole seconds only, and it is delayed like a report: the largest of the
// last n is the best, and lacks on average a share of 1/(n+1) of the second cut off.
func (m *meter) date(v float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dates[m.dated%len(m.dates)] = v
	m.dated++
	if m.reports > 0 {
		return
	}
	n := min(m.dated, len(m.dates))
	best := slices.Max(m.dates[:n]) + 1/float64(n+1)
	m.f.ClockOffset, m.f.ClockSource = &best, ByDate
}

// moved takes note that this machine's clock was set by so many µs: windows go on,
// and what was measured of the camera's clock is told anew.
func (m *meter) moved(by int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opened != 0 {
		m.opened += by
	}
	m.reports, m.dated = 0, 0
	m.f.ClockOffset, m.f.ClockSource = nil, ""
}

// rate is the bit rate once it can be trusted, 0 before.
func (m *meter) rate() float64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.grace > 0 {
		return 0
	}
	return m.f.Bitrate
}

// figures are the figures as of now.
func (m *meter) figures(now time.Time) Figures {
	m.mu.Lock()
	defer m.mu.Unlock()
	f := m.f
	if m.opened != 0 && now.UnixMicro()-m.opened > 2*max(rateWindow, m.span) {
		f.Bitrate, f.FPS = 0, 0 // nothing has come since the window should have closed
	}
	return f
}

func (m *meter) tracks(tracks []media.Track) {
	m.with(func(f *Figures) {
		f.Codec, f.AudioCodec, f.Width, f.Height = "", "", 0, 0
		for _, t := range tracks {
			if t.Codec.Video() {
				f.Codec, f.Width, f.Height = t.Codec, t.Width, t.Height
			} else {
				f.AudioCodec = t.Codec
			}
		}
	})
}
