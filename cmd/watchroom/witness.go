package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"watchroom/evidence/tlog"
	"watchroom/internal/ledger/witness"
)

type witnessCommand struct {
	Dir       string   `required:"" placeholder:"DIR" help:"Folder of this witness: its key and what it has cosigned." type:"path"`
	Listen    string   `default:"127.0.0.1:8470" placeholder:"ADDR" help:"Address for the logs that ask."`
	LogKey    []string `name:"log" required:"" sep:"none" placeholder:"VKEY" help:"Verifier key of a log to cosign, as its vkey file has it. May be given more than once."`
	Name      string   `placeholder:"NAME" help:"Name in the key that the first start makes, such as audit.example.org/watchroom (default: a random one)."`
	ReadyFile string   `placeholder:"FILE" help:"Written when everything runs: JSON with address and key." type:"path"`
}

// Run cosigns until the process is asked to end.
func (c *witnessCommand) Run(ctx context.Context, std streams) error {
	signal.Ignore(syscall.SIGPIPE) // whoever reads the log may go away
	w := &witness.Server{Dir: c.Dir, Name: c.Name, Log: slog.New(slog.NewTextHandler(std.err, nil))}
	for _, text := range c.LogKey {
		k, err := tlog.ParseKey(text)
		if err != nil {
			return fmt.Errorf("--log: %w", err)
		}
		w.Logs = append(w.Logs, k)
	}
	if err := os.MkdirAll(c.Dir, 0o750); err != nil {
		return err
	}
	if err := w.Start(ctx); err != nil {
		return err
	}
	defer w.Close()
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("--listen: %w", err)
	}
	server := &http.Server{
		Handler: w, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 5 * time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(w.Log.Handler(), slog.LevelWarn),
	}
	url := "http://" + listener.Addr().String()
	fmt.Fprintln(std.out, "witness key:", w.Key())
	fmt.Fprintln(std.out, "address:", url)
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	if err := ready(c.ReadyFile, map[string]any{"url": url, "key": w.Key().String()}); err != nil {
		return errors.Join(err, server.Close())
	}
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(wait); err != nil { // a request that lasts: its log asks again
		return server.Close()
	}
	return nil
}
