package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"

	"watchroom/internal/media"
	"watchroom/internal/source/sim"
)

type simCommand struct {
	Cameras   int     `default:"8" help:"How many cameras."`
	Listen    string  `default:"127.0.0.1:8554" placeholder:"ADDR" help:"RTSP address."`
	Control   string  `placeholder:"ADDR" help:"Address of the HTTP interface for faults, which GET / describes; empty means none."`
	Live      bool    `help:"Draw and encode every camera while it runs (needs ffmpeg) instead of playing loops."`
	File      string  `placeholder:"FILE" help:"Play this file (MP4 or H.264) on every camera." type:"existingfile"`
	FPS       float64 `name:"fps" help:"Frames a second of the file, if it does not tell."`
	Tiny      bool    `help:"Pictures as small as the sub-stream's, to simulate very many cameras."`
	One       bool    `name:"one-session" help:"Give each stream to one client at a time and refuse others, as small cameras do."`
	Username  string  `help:"User name that every camera asks for; the password comes from WATCHROOM_SIM_PASSWORD."`
	TLS       bool    `name:"tls" help:"RTSPS with a certificate made at start."`
	UDP       bool    `name:"udp" help:"Offer RTP over UDP too."`
	ReadyFile string  `placeholder:"FILE" help:"Written when everything runs: JSON with the cameras' addresses." type:"path"`
}

type simulated struct {
	Name string `json:"name"`
	Main string `json:"main"`
	Sub  string `json:"sub,omitempty"`
}

// Run simulates until the process is asked to end.
func (c *simCommand) Run(ctx context.Context, std streams) error {
	if c.Cameras < 1 || c.Cameras > 2000 {
		return fmt.Errorf("--cameras: between 1 and 2000")
	}
	if _, _, err := net.SplitHostPort(c.Listen); err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	cams := sim.Mix(c.Cameras)
	for i := range cams {
		switch {
		case c.File != "":
			cams[i] = sim.Camera{File: c.File, FileFPS: c.FPS, NoSub: true}
		case c.Live:
			cams[i].Live = true
		case c.Tiny:
			cams[i] = sim.Camera{Tiny: true, NoSub: true}
		}
	}
	for i := range cams {
		cams[i].OneSession = c.One
	}
	password, _ := std.env("WATCHROOM_SIM_PASSWORD")
	s, err := sim.New(sim.Options{
		Listen: c.Listen, Control: c.Control, Cameras: cams, Username: c.Username, Password: password,
		TLS: c.TLS, UDP: c.UDP, Logger: slog.New(slog.NewTextHandler(std.err, nil)),
	})
	if err != nil {
		return err
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	defer s.Close()
	list := addresses(s)
	for _, cam := range list {
		fmt.Fprintln(std.out, cam.Main, cam.Name)
	}
	if u := s.ControlURL(); u != "" {
		fmt.Fprintln(std.out, "faults:", u)
	}
	if err := ready(c.ReadyFile, map[string]any{"cameras": list, "control": s.ControlURL()}); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func addresses(s *sim.Sim) []simulated {
	var out []simulated
	for n := 1; n <= s.Len(); n++ {
		info, err := s.Info(n)
		if err != nil {
			continue
		}
		cam := simulated{Name: info.Name, Main: s.URL(n, media.Main)}
		if info.Sub != nil {
			cam.Sub = s.URL(n, media.Sub)
		}
		out = append(out, cam)
	}
	return out
}
