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
	steps   int   // from one picture of the window to the next, within the run,
	media   int64 // and the µs of decoding time that they took
	last    int64 // dts (µs) of the run's last picture
	hasLast bool
	key     int64 // dts (µs) of the run's last key frame
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
	m.opened, m.span, m.bytes, m.frames, m.reports, m.dated, m.grace = 0, 0, 0, 0, 0, 0, 1
	m.untimed()
	m.f.Bitrate, m.f.FPS, m.f.ClockOffset, m.f.ClockSource = 0, 0, nil, ""
}

// begin begins a run, whose decoding times have nothing to do with what came before.
func (m *meter) begin() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.untimed()
}

// untimed forgets every decoding time. m.mu is held.
func (m *meter) untimed() {
	m.steps, m.media, m.hasLast, m.hasKey = 0, 0, false, false
}

// with changes the figures under the lock.
func (m *meter) with(f func(*Figures)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f(&m.f)
}

// unit counts one unit of a run. arrival and dts are µs; video tells a picture.
func (m *meter) unit(arrival, dts int64, size int, video, key bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count(arrival, size, video)
	if !video {
		return
	}
	if m.hasLast {
		m.steps++
		m.media += dts - m.last
	}
	m.last, m.hasLast = dts, true
	if key {
		if m.hasKey && dts > m.key {
			m.f.KeyInterval = float64(dts-m.key) / 1e6
		}
		m.key, m.hasKey = dts, true
	}
}

// early counts one unit that came before any run and has no decoding time.
func (m *meter) early(arrival int64, size int, video bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.count(arrival, size, video)
}

// count takes what every unit adds. m.mu is held.
func (m *meter) count(arrival int64, size int, video bool) {
	m.f.Bytes += uint64(size)
	if m.opened == 0 {
		m.opened = arrival
	}
	if arrival-m.opened >= rateWindow {
		m.close(arrival)
	}
	m.bytes += size
	if video {
		m.f.Frames++
		m.f.LastFrame = time.UnixMicro(arrival).UTC()
		m.frames++
	}
}

// close ends the window that rates are taken over and opens the next.
func (m *meter) close(arrival int64) {
	m.span = arrival - m.opened
	span := float64(m.span) / 1e6
	m.f.Bitrate = float64(m.bytes) * 8 / span
	if m.steps > 0 && m.media > 0 {
		m.f.FPS = float64(m.steps) / (float64(m.media) / 1e6)
	} else {
		m.f.FPS = float64(m.frames) / span
	}
	m.grace = max(m.grace-1, 0)
	m.opened, m.bytes, m.frames, m.steps, m.media = arrival, 0, 0, 0, 0
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
