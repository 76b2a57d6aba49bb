package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"watchroom/internal/api"
	"watchroom/internal/app"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/policy"
	"watchroom/internal/app/spill"
	"watchroom/internal/config"
	"watchroom/internal/durable"
	"watchroom/internal/secret"
	"watchroom/web"
)

type serveCommand struct {
	settings
	Listen    string `placeholder:"ADDR" help:"Address of the web application and the API (default: 127.0.0.1:8080)."`
	NewKey    bool   `help:"Make a new key where the data folder has lost its own; passwords of cameras must then be typed again."`
	ReadyFile string `placeholder:"FILE" help:"Written when everything runs: JSON with the address." type:"path"`
	Succeed   bool   `hidden:"" help:"Take over from the process that serves the data folder; see upgrade."`
}

// Run serves until the process is asked to end.
func (c *serveCommand) Run(ctx context.Context, std streams, args arguments) error {
	cfg, err := c.load(std, listen(c.Listen)...)
	if err != nil {
		return err
	}
	folder := absolute(cfg.Data)
	_, missing := os.Stat(folder)
	a, err := start(ctx, cfg, std, func(a *app.App) {
		a.NewKey, a.Succeed, a.Given = c.NewKey, c.Succeed, c.given(cfg)
		a.Spawn = func(binary string) *exec.Cmd { return successor(binary, args) }
	})
	if err != nil {
		return err
	}
	if errors.Is(missing, fs.ErrNotExist) {
		fmt.Fprintf(std.out, "\nA new recorder with an empty data folder: %s\nTo go on with another one, stop and name it with --data or in the configuration file.\n"+
			"新建录像服务，使用空的数据目录：%s\n如要使用已有的数据目录，请停止服务，用 --data 或在配置文件中指明。\n", folder, folder)
	}
	if err := ready(c.ReadyFile, map[string]any{"url": a.URL, "pid": os.Getpid()}); err != nil {
		a.Close()
		return err
	}
	notify(std.env)
	select {
	case <-ctx.Done():
	case <-a.Succeeded():
	}
	a.Close()
	return a.Orphaned()
}

// absolute names a folder for whoever reads it elsewhere.
func absolute(path string) string {
	if whole, err := filepath.Abs(path); err == nil {
		return whole
	}
	return path
}

// listen is the flag of that name.
func listen(address string) []config.Flag {
	if address == "" {
		return nil
	}
	return []config.Flag{{Name: "--listen", Key: "listen", Value: address}}
}

// errEnded says that the process was asked to end before everything ran, such as
// while it waited for a database. That is a good end.
var errEnded = errors.New("ended while starting")

// start makes an installation run and says where. On a demonstration's folder the
// screen says so whatever the command was.
func start(ctx context.Context, cfg *config.Config, std streams, change func(*app.App)) (*app.App, error) {
	// Footage passes through and is soon garbage on a small heap. Collecting it this
	// often keeps a camera below 2 MB; docs/performance.md has the trade.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
	password, _ := std.env("WATCHROOM_ADMIN_PASSWORD")
	// Whoever reads the log may hang or go away: neither may touch what records.
	signal.Ignore(syscall.SIGPIPE)
	now, err := systemClock(std.env)
	if err != nil {
		return nil, err
	}
	logs := &spill.Logs{To: std.err, JSON: cfg.Log.Format == "json"}
	a := &app.App{
		Config: cfg, Log: logger(cfg, logs), Logs: logs, Clock: now, Version: fullVersion(), Demo: folder.IsDemo(cfg.Data), Web: web.Files(),
		AdminPassword: secret.Text(password), Binary: policy.BinaryHash,
		OnSetupLink: func(link string) {
			fmt.Fprintf(std.out, "\nFirst start: open this link once to make the administrator's account.\n首次启动：请打开以下链接（仅可使用一次）创建系统管理员账号。\n\n  %s\n\n", link)
		},
	}
	if change != nil {
		change(a)
	}
	if err := a.Start(ctx); err != nil {
		if errors.Is(err, app.ErrSucceeded) {
			return nil, errEnded
		}
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			return nil, errEnded
		}
		return nil, err
	}
	a.Log.Info("watchroom serves", "url", a.URL, "data", absolute(cfg.Data), "recordings", cfg.RecordingFolder(), "version", a.Version)
	return a, nil
}

// ready writes a file in one step, for whoever waits for it.
func ready(path string, content any) error {
	if path == "" {
		return nil
	}
	b, err := json.Marshal(content)
	if err != nil {
		return err
	}
	if err := durable.Put(path, b, 0o600); err != nil {
		return fmt.Errorf("ready file: %w", err)
	}
	return nil
}

type openAPICommand struct{}

// Run prints the document.
func (openAPICommand) Run(std streams) error {
	b, err := api.OpenAPI()
	if err != nil {
		return err
	}
	_, err = std.out.Write(b)
	return err
}
