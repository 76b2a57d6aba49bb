package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"watchroom/internal/db"
	"watchroom/test/fault/judge"
	"watchroom/test/fault/stock"
	"watchroom/test/load/station"
	"watchroom/test/program"
)

// stock reads what an installation that stands still says it has, and has.
func (i *installation) stock(ctx context.Context) (*stock.Stock, error) {
	return stock.Read(ctx, i.roots, db.Options{URL: i.options.Database, Path: filepath.Join(i.options.Data, "watchroom.db")})
}

// settle switches all cameras off, so that every file is closed, and waits until the
// log tells of everything. What `ledger verify` finds is a gap of the log.
func (i *installation) settle(ctx context.Context, o *outcome) error {
	for _, id := range i.ids {
		if err := i.SwitchOff(ctx, id); err != nil {
			return err
		}
	}
	err := i.Until(ctx, "recording ends", func(list []station.Camera) bool {
		return !slices.ContainsFunc(list, func(c station.Camera) bool { return c.State.Recording })
	})
	if err != nil {
		return err
	}
	limit := time.Now().Add(3 * time.Minute)
	for {
		open, closed, err := stock.Count(i.roots)
		v, e := i.ledger(ctx)
		if err = errors.Join(err, e); err != nil {
			return err
		}
		for _, line := range v.Lines {
			o.unlogged = append(o.unlogged, "ledger verify beside the running program: "+line)
		}
		if open == 0 && v.Pending == 0 && v.Files == closed || time.Now().After(limit) {
			break // what stays is found once more when it stands still
		}
		if err := program.Wait(ctx, 2*time.Second); err != nil {
			return err
		}
	}
	i.listen(o)
	return nil
}

// ledger verifies the log with the program's own command.
func (i *installation) ledger(ctx context.Context) (judge.Verified, error) {
	out, err := i.Tool(ctx, "ledger", "verify", "--quiet")
	v, e := judge.Verification(out)
	if e == nil && v.Findings > 0 {
		err = nil // the status says that there are findings
	}
	return v, errors.Join(err, e)
}

// proved holds an installation that stands still against its log and its catalogue,
// with the commands that anybody has for that.
func (i *installation) proved(ctx context.Context, o *outcome, h *stock.Stock) error {
	v, err := i.ledger(ctx)
	if err != nil {
		return err
	}
	for _, line := range v.Lines {
		o.unlogged = append(o.unlogged, "ledger verify: "+line)
	}
	if v.Pending > 0 {
		o.unlogged = append(o.unlogged, fmt.Sprintf("%d things never came into the log", v.Pending))
	}
	if v.Segments < len(h.Rows) || v.Files != len(h.Files) {
		o.unlogged = append(o.unlogged, fmt.Sprintf("the log has %d segments of %d rows; of %d files %d were verified", v.Segments, len(h.Rows), len(h.Files), v.Files))
	}
	for _, f := range h.Unproved {
		o.unlogged = append(o.unlogged, f+" was recorded, and is noted as unproved")
	}
	o.orphans = append(o.orphans, h.Orphans()...)
	if out, err := i.Tool(ctx, "archive", "check"); err != nil {
		o.orphans = append(o.orphans, fmt.Sprintf("archive check: %v: %s", err, strings.TrimSpace(out)))
	}
	return nil
}
