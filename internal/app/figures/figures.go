// Package figures gives the numbers of the picture flow to Prometheus.
package figures

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"watchroom/internal/capture"
	"watchroom/internal/live"
	"watchroom/internal/recording"
	"watchroom/internal/source"
)

// figures are the numbers of the picture flow for Prometheus. Cameras are named by
// their ids only.
type figures struct {
	fleet   *capture.Fleet
	volumes *recording.Volumes
	viewers *live.Viewers

	up, recording, bitrate, frames, lost, dropped, spooled *prometheus.Desc
	space, free, written, watching                         *prometheus.Desc
}

// Register adds them to a registry.
func Register(r *prometheus.Registry, fleet *capture.Fleet, volumes *recording.Volumes, viewers *live.Viewers) error {
	camera := func(name, help string) *prometheus.Desc {
		return prometheus.NewDesc("watchroom_camera_"+name, help, []string{"camera"}, nil)
	}
	plain := func(name, help string) *prometheus.Desc { return prometheus.NewDesc("watchroom_"+name, help, nil, nil) }
	f := &figures{
		fleet: fleet, volumes: volumes, viewers: viewers,
		up:        camera("live", "1 while the main stream sends pictures."),
		recording: camera("recording", "1 while the main stream is written to disk."),
		bitrate:   camera("bits_per_second", "Measured rate of the main stream."),
		frames:    camera("frames_total", "Pictures received."),
		lost:      camera("lost_packets_total", "RTP packets missing by sequence number."),
		dropped:   camera("given_up_units_total", "Access units given up: damaged on arrival, or because the disk was too slow."),
		spooled:   camera("spooled_bytes", "Footage waiting for the disk."),
		space:     plain("storage_bytes", "Size of the recordings' file system."),
		free:      plain("storage_free_bytes", "Free space of the recordings' file system."),
		written:   plain("recorded_bytes_total", "Footage written since the start."),
		watching:  prometheus.NewDesc("watchroom_live_viewers", "Open live pictures.", []string{"transport"}, nil),
	}
	for _, c := range []prometheus.Collector{f, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})} {
		if err := r.Register(c); err != nil {
			return err
		}
	}
	return nil
}

// Describe implements prometheus.Collector.
func (f *figures) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.up, f.recording, f.bitrate, f.frames, f.lost, f.dropped, f.spooled, f.space, f.free, f.written, f.watching} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (f *figures) Collect(ch chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	count := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	truth := func(b bool) float64 {
		if b {
			return 1
		}
		return 0
	}
	for _, id := range f.fleet.Cameras() {
		s, ok := f.fleet.Status(id)
		if !ok {
			continue
		}
		gauge(f.up, truth(s.Main.State == source.Live), id)
		gauge(f.recording, truth(s.State.Recording), id)
		gauge(f.bitrate, s.Main.Figures.Bitrate, id)
		count(f.frames, float64(s.Main.Figures.Frames), id)
		count(f.lost, float64(s.Main.Figures.Lost), id)
		count(f.dropped, float64(s.Main.Figures.Dropped+s.State.Dropped), id)
		gauge(f.spooled, float64(s.State.Spooled), id)
	}
	space := f.volumes.Space()
	gauge(f.space, float64(space.Total))
	gauge(f.free, float64(space.Free))
	count(f.written, float64(f.volumes.Written()))
	watching := f.viewers.Figures()
	for transport, n := range watching.Watching {
		gauge(f.watching, float64(n), transport)
	}
}
