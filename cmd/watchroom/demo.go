package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app"
	"watchroom/internal/camera"
	"watchroom/internal/config"
	"watchroom/internal/demo"
	"watchroom/internal/source/sim"
)

type demoCommand struct {
	Data      string `default:"demo" placeholder:"DIR" help:"Folder of the demonstration; kept from one time to the next."`
	Listen    string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address of the web application."`
	Cameras   int    `default:"8" help:"How many simulated cameras."`
	ReadyFile string `placeholder:"FILE" help:"Written when everything runs." type:"path"`

	History time.Duration `default:"2h" help:"How much recorded past a new demonstration begins with; 0 means none."`
}

// longestHistory is what the simulator's scripts tell of.
const longestHistory = 2 * time.Hour

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
	if c.History < 0 || c.History > longestHistory {
		return fmt.Errorf("--history: between 0 and %v", longestHistory)
	}
	s, err := startSim(ctx, c.Cameras)
	if err != nil {
		return err
	}
	defer s.Close()
	accounts, err := c.folder(ctx, std, cfg, s)
	if err != nil {
		return err
	}
	a, err := start(ctx, cfg, streams{std.in, discard{}, std.err, func(string) (string, bool) { return "", false }}, func(a *app.App) { a.Given = (&settings{}).given(cfg) })
	if err != nil {
		return err
	}
	defer a.Close()
	if err := addCameras(ctx, a, s); err != nil {
		return err
	}
	passwords := map[string]string{}
	fmt.Fprintf(std.out, "\nWatchroom demo 值守演示: %s\n\n", a.URL)
	for _, p := range []struct{ who, user, password, does string }{
		{"guard 监控员", "guard", accounts.Guard, "watches live and plays back"},
		{"admin 系统管理员", "admin", accounts.Admin, "sets up, and sees no footage"},
		{"duty lead 值班长", "lead", accounts.Lead, "places holds, asks for deletions"},
		{"supervisor 安保主管", "supervisor", accounts.Supervisor, "sets rules, approves, signs"},
		{"leader 分管领导", "leader", accounts.Leader, "approves"},
		{"second leader 分管领导", "deputy", accounts.Deputy, "approves as the second of two"},
		{"technician 维护人员", "technician", accounts.Technician, "keeps the cameras going"},
		{"auditor 审核人员", "auditor", accounts.Auditor, "reads who did what, and sees no footage"},
		{"principal 校长", "principal", accounts.Principal, "reads how the rules are kept, and sees no footage"},
		{"contractor 外包人员", "contractor", accounts.Contractor, "sees the devices of one area, until a day"},
	} {
		if p.password != "" {
			passwords[p.user] = p.password
			fmt.Fprintf(std.out, "  user %-10s  password %s  %s: %s\n", p.user, p.password, p.who, p.does)
		}
	}
	fmt.Fprintf(std.out, "\n%d simulated cameras are recorded into %s. Ctrl+C ends it.\n\n", s.Len(), cfg.RecordingFolder())
	err = ready(c.ReadyFile, map[string]any{"url": a.URL, "accounts": passwords})
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

// folder makes the data folder where there is none yet.
func (c *demoCommand) folder(ctx context.Context, std streams, cfg *config.Config, s *sim.Sim) (demo.Accounts, error) {
	accounts, known, err := demo.Open(cfg.Data)
	if err != nil || known {
		return accounts, err
	}
	begun := time.Now()
	f := &demo.Folder{Path: cfg.Data, Length: c.History, End: begun, FFmpeg: cfg.FFmpeg.Path, Log: logger(cfg, std.err)}
	for i, cam := range demoCameras(s) {
		f.Cameras = append(f.Cameras, demo.Camera{Sim: sim.Mix(s.Len())[i], Name: cam.name, Place: demoPlace, Main: cam.Main, Sub: cam.Sub, Audio: cam.audio})
	}
	made, err := f.Make(ctx)
	if err != nil {
		return accounts, err
	}
	if made.Length > 0 {
		fmt.Fprintf(std.out, "A past of %v was made for it: %d MB in %v.\n", made.Length, made.Bytes/1e6, time.Since(begun).Round(time.Second/10))
	}
	return made.Accounts, nil
}

const demoPlace = "演示 Demo"

// demoCamera is a simulated camera as a demonstration registers it.
type demoCamera struct {
	simulated
	name, audio string
}

func demoCameras(s *sim.Sim) []demoCamera {
	var out []demoCamera
	for i, cam := range addresses(s) {
		d := demoCamera{simulated: cam, name: fmt.Sprintf("%02d %s", i+1, cam.Name)}
		if i < 2 {
			d.audio = "演示声音 Demonstration of sound"
		}
		out = append(out, d)
	}
	return out
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
	for _, cam := range demoCameras(s) {
		main := camera.StreamInput{URL: &cam.Main, Transport: &tcp}
		var sub *camera.StreamInput
		if cam.Sub != "" {
			sub = &camera.StreamInput{URL: &cam.Sub, Transport: &tcp}
		}
		old, ok := byName[cam.name]
		switch {
		case !ok:
			n := camera.New{Name: cam.name, Place: demoPlace, Main: main, Sub: sub, RecordAudio: cam.audio != "", AudioPurpose: cam.audio}
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
