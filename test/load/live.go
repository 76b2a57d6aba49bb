package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"watchroom/internal/media"
	"watchroom/test/load/browser"
	"watchroom/test/load/clip"
	"watchroom/test/load/procfs"
	"watchroom/test/load/report"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// live watches the drawn camera of the simulator and the one of the targets.
func (b *bench) live(ctx context.Context) error {
	if err := b.liveOf(ctx, "720p12, simulator", station.SimOptions{Cameras: 1}); err != nil {
		return err
	}
	file, err := clip.Make(ctx, b.cache, clip.FullHD(media.H264))
	if err != nil {
		return err
	}
	return b.liveOf(ctx, "1080p25 at 4 Mbit/s", station.SimOptions{Cameras: 1, File: file})
}

func (b *bench) liveOf(ctx context.Context, what string, o station.SimOptions) error {
	data, err := os.MkdirTemp(b.folder, "live-")
	if err != nil {
		return err
	}
	if !b.keep {
		defer os.RemoveAll(data)
	}
	simulator, err := station.StartSim(ctx, b.sim, o)
	if err != nil {
		return err
	}
	defer simulator.Stop()
	server, err := station.StartServer(ctx, b.binary, station.ServerOptions{Data: data})
	if err != nil {
		return err
	}
	defer server.Stop()
	id, err := server.AddCamera(ctx, station.NewCamera{Name: "Camera", Main: station.NewStream{URL: simulator.Cameras[0].Main, Transport: "tcp"}})
	if err != nil {
		return err
	}
	if err := server.Operator(ctx, guard); err != nil {
		return err
	}
	c, err := server.SignIn(ctx, guard)
	if err != nil {
		return err
	}
	cookie, err := session(c, server.URL)
	if err != nil {
		return err
	}
	if err := program.Wait(ctx, min(b.warmUp, 10*time.Second)); err != nil {
		return err
	}
	w := browser.Wish{URL: server.URL, Cookie: cookie, Camera: id, Control: simulator.Control, Number: 1, Views: 20, Pictures: 300,
		Modules: filepath.Join("web", "package.json")}
	if b.short {
		w.Views, w.Pictures = 5, 60
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	seen, err := browser.Watch(ctx, w)
	if err != nil {
		return err
	}
	load, err := procfs.Load()
	if err != nil {
		return err
	}
	b.results.Aim("WHEP request to first picture in Chromium, median, "+what, report.Median(seen.First)/1000, "s", 0.2,
		fmt.Sprintf("%d views, key frame every 2 s; p95 %.2f; Chromium %s, software decoding; load average %.1f", len(seen.First), report.Quantile(seen.First, 0.95)/1000, seen.Version, load))
	if len(seen.Glass) == 0 {
		return fmt.Errorf("none of %d bar codes could be read", seen.Unread)
	}
	b.results.Aim("glass to glass over WHEP, median, "+what, report.Median(seen.Glass), "ms", 300,
		fmt.Sprintf("%d pictures from the opening of the view on; p95 %.0f; %d bar codes unread", len(seen.Glass), report.Quantile(seen.Glass, 0.95), seen.Unread))
	return nil
}

// session is the cookie of a client that has signed in.
func session(c *http.Client, address string) (browser.Cookie, error) {
	u, err := url.Parse(address)
	if err != nil {
		return browser.Cookie{}, err
	}
	for _, k := range c.Jar.Cookies(u) {
		if k.Name == "watchroom_session" {
			return browser.Cookie{Name: k.Name, Value: k.Value}, nil
		}
	}
	return browser.Cookie{}, fmt.Errorf("signing in gave no session")
}
