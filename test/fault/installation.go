package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"watchroom/internal/db"
	"watchroom/internal/recording/journal"
	"watchroom/internal/recording/leftover"
	"watchroom/internal/recording/segment"
	"watchroom/test/load/account"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// installation is a recorder of all cameras with a data folder of its own.
type installation struct {
	*station.Server
	bench      *bench
	options    station.ServerOptions
	recordings string
	ids        []string
	begun      time.Time // all cameras are recorded
}

// suffer installs a recorder, lets something happen to it, judges what that did and
// adds the outcome to those of the run.
func (b *bench) suffer(ctx context.Context, name string, so station.ServerOptions, o *outcome, happen func(*installation) error) error {
	i, err := b.install(ctx, name, so)
	if err != nil {
		return err
	}
	if err := happen(i); err != nil {
		return errors.Join(err, i.Stop())
	}
	err = i.report(ctx, o)
	b.outcomes = append(b.outcomes, *o)
	return err
}

// settings are those of every installation: many segments are closed.
const settings = "recording:\n  segment_length: 10s\n"

// install starts a recorder and waits until every camera is recorded.
func (b *bench) install(ctx context.Context, name string, o station.ServerOptions) (*installation, error) {
	o.Data = filepath.Join(b.folder, name)
	if o.Settings == "" {
		o.Settings = settings
	}
	i := &installation{bench: b, options: o, recordings: filepath.Join(o.Data, "recordings")}
	if err := i.start(ctx); err != nil {
		return nil, err
	}
	for n, c := range b.sim.Cameras {
		id, err := i.AddCamera(ctx, station.NewCamera{Name: fmt.Sprint(n+1, " ", c.Name), Main: station.NewStream{URL: c.Main, Transport: "tcp"}})
		if err != nil {
			return nil, errors.Join(err, i.Stop())
		}
		i.ids = append(i.ids, id)
	}
	if err := i.recording(ctx); err != nil {
		return nil, errors.Join(err, i.Stop())
	}
	i.begun = time.Now()
	return i, nil
}

func (i *installation) start(ctx context.Context) (err error) {
	i.Server, err = station.StartServer(ctx, i.bench.binary, i.options)
	return err
}

// Stop ends the recorder, unless it has been ended and not started again.
func (i *installation) Stop() error {
	if i.Server == nil {
		return nil
	}
	return i.Server.Stop()
}

// recording waits until every camera is recorded.
func (i *installation) recording(ctx context.Context) error {
	return i.Recording(ctx, i.bench.cameras)
}

// report stops the recorder, reads everything it recorded, and judges.
func (i *installation) report(ctx context.Context, o *outcome) error {
	if err := program.Wait(ctx, 2*time.Second); err != nil { // what comes after the last fault belongs to it
		return errors.Join(err, i.Stop())
	}
	end := time.Now()
	spans, err := i.Timeline(ctx, i.ids, i.begun, end)
	if err != nil {
		return errors.Join(err, i.Stop())
	}
	if err := i.Stop(); err != nil {
		return err
	}
	for _, id := range i.ids {
		pictures, err := account.Pictures(i.recordings, id)
		if err != nil {
			return err
		}
		o.pictures += len(pictures)
		missing := outages(pictures, i.begun)
		o.take(missing)
		o.recover(pictures)
		if o.damage {
			missing = nil // counted, but a picture that a packet is missing of is no gap
		}
		o.uncaused = append(o.uncaused, uncaused(spans[id], missing, end)...)
		for _, s := range spans[id] {
			if s.Kind == "gap" {
				o.cause(s.Cause)
			}
		}
	}
	return i.verify(ctx, o)
}

// verify compares every segment with the journal and with its row, and plays it.
func (i *installation) verify(ctx context.Context, o *outcome) error {
	type told struct {
		File, Root string
		Frames     int
	}
	var rows []told
	known := map[string]told{}
	journals, err := filepath.Glob(filepath.Join(i.recordings, "*", "*", journal.FileName))
	if err != nil {
		return err
	}
	for _, path := range journals {
		records, _, _, err := journal.Read(path, 0, 0)
		if err != nil {
			return err
		}
		for _, r := range records {
			if r.Segment != nil {
				known[r.File] = told{r.File, r.Root, r.Frames}
			}
		}
	}
	d, err := db.Open(ctx, db.Options{URL: i.options.Database, Path: filepath.Join(i.options.Data, "watchroom.db")})
	if err != nil {
		return err
	}
	// The last segments get theirs at the next start: the catalogue ends before the recorders.
	err = d.Read().NewSelect().Table("segments").Column("file", "root", "frames").Scan(ctx, &rows)
	if err = errors.Join(err, d.Close()); err != nil {
		return err
	}
	for _, r := range rows {
		if known[r.File] != r {
			o.bad = append(o.bad, fmt.Errorf("%s: the row says %v, the journal %v", r.File, r, known[r.File]))
		}
	}
	files, err := filepath.Glob(filepath.Join(i.recordings, "*", "*", "*"+segment.Ext+"*"))
	if err != nil {
		return err
	}
	rows = rows[:0]
	for _, f := range files {
		rel, err := filepath.Rel(i.recordings, f)
		if err != nil {
			return err
		}
		if filepath.Base(filepath.Dir(f)) == leftover.QuarantineDir { // must hold no picture: nothing was lost with it
			if err := account.Verify(f, "", 0); !errors.Is(err, account.ErrNoPicture) {
				o.bad = append(o.bad, fmt.Errorf("set aside: %w", err))
			}
			continue
		}
		r, ok := known[rel]
		if !ok {
			o.bad = append(o.bad, fmt.Errorf("%s is in no journal", rel))
			continue
		}
		rows = append(rows, r)
		if err := account.Verify(f, r.Root, r.Frames); err != nil {
			o.bad = append(o.bad, err)
		}
	}
	o.files += len(rows)
	if len(rows) == 0 {
		return errors.New("nothing was recorded")
	}
	if len(rows) < len(known) {
		o.bad = append(o.bad, fmt.Errorf("%d files are in the journals, %d are there", len(known), len(rows)))
	}
	played := rows
	if o.damage {
		played = nil
	}
	if most := i.bench.times(40, 400); len(played) > most { // spread over all cameras and times
		played = nil
		for n := range most {
			played = append(played, rows[n*len(rows)/most])
		}
	}
	for _, r := range played {
		if err := play(ctx, filepath.Join(i.recordings, r.File), r.Frames); err != nil {
			o.bad = append(o.bad, err)
		}
	}
	o.played += len(played)
	return os.RemoveAll(i.options.Data)
}
