package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/records"
	"watchroom/internal/archive/inventory"
	"watchroom/internal/clock"
)

type archiveCommand struct {
	Check   archiveCheckCommand   `cmd:"" help:"Compare every file of the archive with its journal and its row. A running server need not be stopped."`
	Rebuild archiveRebuildCommand `cmd:"" help:"Make the catalogue again from the files and journals of all disks and archive tiers. The server must be stopped."`
}

// errNotWell ends a command with status 1 when everything has been said.
var errNotWell = errors.New("the archive is not as it should be; see above")

// lacking is the flag of commands that look at all footage.
type lacking struct {
	Without []string `placeholder:"NAME" help:"A disk or archive tier that is gone for good and stands in the configuration no more: what lay there counts as missing."`
}

type archiveCheckCommand struct {
	settings
	lacking
	Quick bool `help:"Compare sizes only; nothing is read and hashed."`
}

// Run looks at everything. Its status is 0 only where nothing was found.
func (c *archiveCheckCommand) Run(ctx context.Context, std streams) (err error) {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	if err := records.Known(cfg); err != nil {
		return err
	}
	a, err := records.OpenArchive(ctx, cfg, slog.New(slog.NewTextHandler(std.err, nil)), false, false, c.Without...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	saysApart(std, a)
	shown := newProgress(std.err)
	check := inventory.Check{
		Places: a.Places, Clock: clock.Clock(nil), Quick: c.Quick, OnProgress: func(done, total int64) { shown.show("footage", done, total, " bytes") },
		OnFinding: func(f inventory.Finding) { shown.clear(); fmt.Fprintln(std.out, f) },
	}
	sum, err := check.Run(ctx)
	shown.clear()
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%d cameras, %d segments, %d bytes read; %d open, %d set aside before, %d lines wait for the catalogue; %d remarks, %d things found\n",
		sum.Cameras, sum.Segments, sum.Bytes, sum.Open, sum.Quarantined, sum.Waiting, sum.Remarks, sum.Found)
	if sum.Found > 0 {
		return errNotWell
	}
	return nil
}

// saysApart says that nothing can be written into the data folder, and what that means.
func saysApart(std streams, a *records.Archive) {
	if a.Apart != "" {
		fmt.Fprintln(std.err, "nothing can be written into the data folder: a copy of a database that lies there is read, and what is noted in it goes with this command")
	}
}

type archiveRebuildCommand struct {
	settings
	lacking
	Take bool `help:"Take disks whose marker is another data folder's, as when that is lost."`
}

// Run makes the catalogue again. Its status is 0 only where every segment was found.
func (c *archiveRebuildCommand) Run(ctx context.Context, std streams) (err error) {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	if err := records.Begun(cfg, c.Take); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(std.err, nil))
	a, err := records.OpenArchive(ctx, cfg, log, true, c.Take, c.Without...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	amiss := 0
	rebuild := inventory.Rebuild{
		Places: a.Places, Catalogue: a.Catalogue, Scratch: cfg.Data, Log: log,
		OnFinding: func(f inventory.Finding) {
			fmt.Fprintln(std.out, f)
			if f.Kind != inventory.Foreign && f.Kind != inventory.Remark { // that is nobody's footage, and not in the way
				amiss++
			}
		},
		OnCamera: func(camera string, done, of int) { log.Info("taking in", "camera", camera, "done", done, "of", of) },
	}
	if r, err := chronicle.Read(chronicle.Folder(cfg.Data)); err == nil {
		rebuild.Told = r.All(ctx)
	} else if !errors.Is(err, chronicle.ErrNoLog) {
		log.Warn("the log cannot be asked", "err", err)
	}
	res, err := rebuild.Run(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%d cameras, %d segments; journals brought back from archive tiers: %d; segments that no journal told of: %d, of these %d that neither journals nor log prove; set aside: %d; put back from the wrong place: %d; found elsewhere than was told: %d; missing: %d\n",
		res.Cameras, res.Segments, res.Journals, res.Adopted, res.Unproved, res.Quarantined, res.Back, res.Moved, res.Missing)
	cameras, err := a.RecoverCameras(ctx, cfg)
	if err != nil {
		return fmt.Errorf("the cameras could not be taken back: %w", err)
	}
	for _, c := range cameras {
		fmt.Fprintf(std.out, "camera taken back: %s (%s)\n", c.Name, c.ID)
	}
	fmt.Fprintln(std.out, "Retention removes nothing until a person has confirmed that the holds are complete.")
	if amiss > 0 {
		return errNotWell
	}
	return nil
}
