package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"watchroom/internal/access"
	"watchroom/internal/app"
	"watchroom/internal/camera"
	"watchroom/internal/config"
	"watchroom/internal/source/sim"
)

type demoCommand struct {
	Data      string `default:"demo" placeholder:"DIR" help:"Folder of the demonstration; kept from one time to the next."`
	Listen    string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address of the web application."`
	Cameras   int    `default:"8" help:"How many simulated cameras."`
	ReadyFile string `placeholder:"FILE" help:"Written when everything runs." type:"path"`
}

// demoAccounts are the people of a demonstration, with the passwords that were
// made for its folder. They stand in a file there, so that starting it again can
// tell them again; a real installation keeps no password anywhere.
type demoAccounts struct {
	Admin string `json:"admin"`
	Guard string `json:"guard"`
}

// Run serves the demonstration until the process is asked to end.
func (c *demoCommand) Run(ctx context.Context, std streams) error {
	cfg, err := config.Load(config.Sources{Env: std.env, Flags: []config.Flag{
		{Name: "--data", Key: "data", Value: c.Data}, {Name: "--listen", Key: "listen", Value: c.Listen},
	}})
	if err != nil {
		return err
	}
	// Whatever the environment says of an installation, a demonstration keeps to
	// its own folder.
	cfg.Database.URL, cfg.TLS, cfg.PublicURL, cfg.Recording.Folder = "", config.TLS{}, "", ""
	cfg.Site.Name = "Watchroom demo"
	if _, given := std.env("WATCHROOM_LOG_LEVEL"); !given {
		cfg.Log.Level = "warn"
	}
	s, err := startSim(ctx, c.Cameras)
	if err != nil {
		return err
	}
	defer s.Close()
	a, err := start(ctx, cfg, streams{std.in, discard{}, std.err, func(string) (string, bool) { return "", false }}, true)
	if err != nil {
		return err
	}
	defer a.Close()
	accounts, err := c.accounts(ctx, a)
	if err != nil {
		return err
	}
	if err := addCameras(ctx, a, s); err != nil {
		return err
	}
	fmt.Fprintf(std.out, `
Watchroom demo 值守演示: %s

  guard 值班员   user %-6s password %s   watches live and plays back
  admin 管理员   user %-6s password %s   sets up, and sees no footage

%d simulated cameras are recorded into %s. Ctrl+C ends it.

`, a.URL, "guard", accounts.Guard, "admin", accounts.Admin, s.Len(), cfg.RecordingFolder())
	err = ready(c.ReadyFile, map[string]any{"url": a.URL, "accounts": map[string]string{"guard": accounts.Guard, "admin": accounts.Admin}})
	if err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// startSim takes the usual RTSP port where it is free.
func startSim(ctx context.Context, cameras int) (*sim.Sim, error) {
	var errs []error
	for _, listen := range []string{"127.0.0.1:8554", "127.0.0.1:0"} {
		s, err := sim.New(sim.Options{Listen: listen, Cameras: sim.Mix(cameras), Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			if err = s.Start(ctx); err == nil {
				return s, nil
			}
		}
		errs = append(errs, err)
	}
	return nil, errors.Join(errs...)
}

func (c *demoCommand) accounts(ctx context.Context, a *app.App) (demoAccounts, error) {
	file := filepath.Join(c.Data, "demo-accounts.json")
	var out demoAccounts
	b, err := os.ReadFile(file)
	if err == nil {
		return out, json.Unmarshal(b, &out)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return out, err
	}
	for _, p := range []struct {
		into     *string
		username string
		name     string
		position access.Position
	}{{&out.Admin, "admin", "演示管理员 Demo admin", access.Administrator}, {&out.Guard, "guard", "演示值班员 Demo guard", access.Operator}} {
		_, initial, err := a.Access.CreatePerson(ctx, access.CommandLine(), access.NewPerson{
			Username: p.username, DisplayName: p.name, Positions: []access.Position{p.position},
		})
		if err != nil {
			return out, err
		}
		*p.into = initial.Reveal()
	}
	if b, err = json.Marshal(out); err != nil {
		return out, err
	}
	return out, os.WriteFile(file, b, 0o600)
}

// addCameras registers the simulated cameras, or tells the registry where they
// are this time.
func addCameras(ctx context.Context, a *app.App, s *sim.Sim) error {
	known, err := a.Registry.List(ctx)
	if err != nil {
		return err
	}
	byName := map[string]camera.Camera{}
	for _, c := range known {
		byName[c.Name] = c
	}
	tcp := camera.TCP
	for i, cam := range addresses(s) {
		main := camera.StreamInput{URL: &cam.Main, Transport: &tcp}
		var sub *camera.StreamInput
		if cam.Sub != "" {
			sub = &camera.StreamInput{URL: &cam.Sub, Transport: &tcp}
		}
		name := fmt.Sprintf("%02d %s", i+1, cam.Name)
		old, ok := byName[name]
		switch {
		case !ok:
			n := camera.New{Name: name, Place: "演示 Demo", Main: main, Sub: sub}
			if i < 2 {
				n.RecordAudio, n.AudioPurpose = true, "演示声音 Demonstration of sound"
			}
			_, err = a.Registry.Create(ctx, access.CommandLine(), n)
		case old.Main.URL != cam.Main && old.RetiredAt == nil:
			_, err = a.Registry.Update(ctx, access.CommandLine(), old.ID, camera.Change{Main: &main, Sub: sub})
		}
		if err != nil {
			return err
		}
	}
	return nil
}
