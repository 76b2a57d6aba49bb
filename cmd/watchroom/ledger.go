package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"time"

	"watchroom/internal/access"
	"watchroom/internal/app/awaited"
	"watchroom/internal/app/chronicle"
	"watchroom/internal/app/folder"
	"watchroom/internal/app/records"
	"watchroom/internal/archive"
	"watchroom/internal/archive/audit"
	"watchroom/internal/archive/audit/readings"
	"watchroom/internal/archive/seal"
	"watchroom/internal/archive/tier"
	"watchroom/internal/clock"
	"watchroom/internal/config"
	"watchroom/internal/ledger/witness"
)

type ledgerCommand struct {
	Verify   ledgerVerifyCommand   `cmd:"" help:"Compare the log with itself, with the footage, the catalogue and the acts. Beside a running server or without one."`
	Continue ledgerContinueCommand `cmd:"" help:"Begin a new log that continues from one which must not be signed any more. The server must be stopped."`
	GoOn     ledgerGoOnCommand     `cmd:"" name:"go-on" help:"Let the log of a running server be signed without the witnesses that it waits for after its start. It is an act on record, and an alarm stands until they agree."`
	Act      ledgerActCommand      `cmd:"" help:"Check the proof of one act, without a server."`
	Key      ledgerKeyCommand      `cmd:"" help:"Print the log's verifier key, for witnesses and for whoever is to check it."`
}

// inspection is the verification of an installation.
type inspection struct {
	*audit.Audit
	log *chronicle.Reading
	all *records.Archive
}

// openAudit prepares it, without some places that are gone for good.
func openAudit(ctx context.Context, cfg *config.Config, without []string) (*inspection, error) {
	all, err := records.OpenArchive(ctx, cfg, slog.New(slog.DiscardHandler), false, false, without...)
	if err != nil {
		return nil, err
	}
	a, log, err := chronicle.Verify(ctx, cfg.Data, rootsOf(cfg), footage{all.Places}, all.DB, clock.Clock(nil))
	if err != nil {
		return nil, errors.Join(err, all.Close())
	}
	log.Configured(cfg.Ledger.Guard, cfg.Ledger.Witnesses)
	if all.Apart != "" {
		a.State = filepath.Join(all.Apart, filepath.Base(a.State))
	}
	return &inspection{a, log, all}, nil
}

// rootsOf are the recording folders of a configuration.
func rootsOf(cfg *config.Config) []seal.Root {
	roots := []seal.Root{{Path: cfg.RecordingFolder()}}
	for _, v := range cfg.Recording.Volumes {
		roots = append(roots, seal.Root{Volume: v.Name, Path: v.Folder})
	}
	return roots
}

// footage is what a verification reads, on whatever disk or tier it lies.
type footage struct{ places *tier.Places }

// Open implements audit.Files.
func (f footage) Open(ctx context.Context, volume, file string) (audit.Footage, error) {
	opened, err := f.places.Open(ctx, &archive.Segment{Volume: volume, File: file})
	if err != nil {
		return nil, err
	}
	size, err := opened.Size()
	if err != nil {
		return nil, errors.Join(err, opened.Close())
	}
	return sized{opened, size}, nil
}

type sized struct {
	archive.File
	size int64
}

// Stat is what the file system says of the file; of an object in an archive, nothing.
func (s sized) Stat() (fs.FileInfo, error) {
	if file, ok := s.File.(interface{ Stat() (fs.FileInfo, error) }); ok {
		return file.Stat()
	}
	return nil, errors.ErrUnsupported
}

// Size implements audit.Footage.
func (s sized) Size() int64 { return s.size }

type ledgerKeyCommand struct{ settings }

// Run prints the key.
func (c *ledgerKeyCommand) Run(std streams) error {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	if err := records.Known(cfg); err != nil {
		return err
	}
	r, err := chronicle.Read(chronicle.Folder(cfg.Data))
	if err != nil {
		return err
	}
	fmt.Fprintln(std.out, r.Book.Key)
	return nil
}

type ledgerContinueCommand struct {
	settings
	Reason string `required:"" placeholder:"TEXT" help:"Why, in one line of at most 500 characters. It is on record; the log only commits to it."`
}

// Run begins the new log and sends the acts that the old one has lost into it.
func (c *ledgerContinueCommand) Run(ctx context.Context, std streams) (err error) {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	if err := records.Known(cfg); err != nil {
		return err
	}
	folder, err := folder.Open(cfg.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, folder.Close()) }()
	d, err := records.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	next, err := chronicle.Continue(ctx, cfg, rootsOf(cfg), d, c.Reason, slog.New(slog.NewTextHandler(std.err, nil)))
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "continues from %s at %d entries, %d were signed\nnew key: %s\n", next.Origin, next.Size, next.Known, next.Key)
	fmt.Fprintln(std.out, "Every witness needs this key as a further --log, and whoever checks the log needs it, too.")
	fmt.Fprintln(std.out, "It is an act on record. Nothing is removed until a person with that right has looked and confirmed it.")
	return nil
}

type ledgerGoOnCommand struct {
	settings
	Reason string `required:"" placeholder:"TEXT" help:"Why; 4 to 1000 characters."`
}

// Run puts on record that the log goes on, which the server finds there.
func (c *ledgerGoOnCommand) Run(ctx context.Context, std streams) (err error) {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	if err := records.Known(cfg); err != nil {
		return err
	}
	witnesses, err := witness.Parse(cfg.Ledger.Witnesses)
	if err != nil {
		return err
	}
	names := chronicle.Gone(chronicle.Folder(cfg.Data), witnesses)
	for _, w := range witnesses {
		names = append(names, w.Name)
	}
	if len(names) == 0 || folder.Idle(cfg.Data) {
		return awaited.ErrNobody
	}
	d, err := records.Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	if err := awaited.Note(ctx, d, access.CommandLine(), clock.Clock(nil).Micro(), c.Reason, names...); err != nil {
		return err
	}
	fmt.Fprintln(std.out, "It is on record. A server that waits for its witnesses now signs its log within seconds; an alarm stands until they agree.")
	return nil
}

type ledgerVerifyCommand struct {
	settings
	lacking
	Policy    string `placeholder:"FILE" help:"Keys to prove log and witnesses against (C2SP tlog-policy: a text with the lines 'log VKEY', 'witness NAME VKEY', and 'quorum NAME' or 'quorum none'; VKEY is a key as it stands on paper, such as gate+12345678+AV...), got another way than from here. Without it the log is only compared with itself." type:"existingfile"`
	SkipFiles bool   `help:"Look whether the files of segments are there, without reading them."`
	Fresh     bool   `help:"Read all footage, also what a run has read that was interrupted less than a day ago."`
	State     string `placeholder:"FILE" help:"Where an interrupted run leaves what it has read (default: ledger/verify.state in the data folder, or a temporary folder where that takes nothing). On a disk of their own nobody but those who verify can write into it." type:"path"`
	Rate      string `placeholder:"BYTES" help:"Footage to read in a second at most, such as 20MB (default: as fast as it goes)."`
	Quiet     bool   `help:"Print findings and the outcome, and no progress."`
}

// errFindings ends the command with its status after the findings were printed.
var errFindings = errors.New("the log and what it tells of do not agree")

// Run verifies and prints what it finds, a line each. What an interrupted run has read is
// not read again when the command is given again within a day.
func (c *ledgerVerifyCommand) Run(ctx context.Context, std streams) (err error) {
	cfg, err := c.load(std)
	if err != nil {
		return err
	}
	rate := config.Bytes(0)
	if c.Rate != "" {
		if rate, err = config.ParseBytes(c.Rate); err != nil || rate == 0 {
			return errors.Join(fmt.Errorf("--rate: want bytes a second such as 20MB, got %q", c.Rate), err)
		}
	}
	policy, err := readPolicy(c.Policy)
	if err != nil {
		return err
	}
	if c.State != "" {
		if err := readings.Check(c.State); err != nil {
			return fmt.Errorf("--state: %w", err)
		}
	}
	if err := records.Known(cfg); err != nil {
		return err
	}
	a, err := openAudit(ctx, cfg, c.Without)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.all.Close()) }()
	saysApart(std, a.all)
	a.SkipFiles, a.Rate, a.Fresh, a.Program = c.SkipFiles, int64(rate), c.Fresh, fullVersion()
	a.State = cmp.Or(c.State, a.State)
	r, err := verify(ctx, std, a.Audit, c.Quiet)
	if err != nil && !errors.Is(err, errFindings) {
		return err
	}
	err = errors.Join(err, conclude(ctx, std.out, a.log, policy, r))
	// What is done goes on record, also where it is interrupted now: nothing is left to go on with.
	return errors.Join(err, chronicle.KeepOutcome(context.WithoutCancel(ctx), a.all.DB, a.Origin, r, clock.Clock(nil)))
}

// verify runs a and prints.
func verify(ctx context.Context, std streams, a *audit.Audit, quiet bool) (audit.Report, error) {
	bar := newProgress(std.err)
	a.Found = func(f audit.Finding) {
		bar.clear()
		fmt.Fprintln(std.out, f)
	}
	a.Anew = func(why string) {
		bar.clear()
		fmt.Fprintln(std.err, why)
	}
	a.Waits = func(f audit.Finding) {
		bar.clear()
		fmt.Fprintln(std.out, "pending ", f)
	}
	a.Remark = func(f audit.Finding) {
		bar.clear()
		fmt.Fprintln(std.out, "remark ", f)
	}
	if !quiet {
		a.Progress = func(p audit.Progress) {
			read := ""
			if p.Bytes > 0 {
				read = fmt.Sprintf("  %d MB read", p.Bytes/1e6)
			}
			bar.show(string(p.Phase), p.Done, p.Total, read)
		}
	}
	r, err := a.Run(ctx)
	bar.clear()
	if err != nil {
		if ctx.Err() != nil {
			fmt.Fprintln(std.err, interrupted(a))
		}
		return r, err
	}
	fmt.Fprintf(std.out, "entries %d  root %x\n", r.Size, r.Root[:])
	fmt.Fprintf(std.out, "segments %d  files %d  bytes read %d  rows %d\n", r.Entries.Segments, r.Files, r.Bytes, r.Rows)
	fmt.Fprintln(std.out, readOf(r))
	fmt.Fprintf(std.out, "acts %d  in earlier logs %d\n", r.Acts, r.Earlier)
	if len(a.Earlier) > 0 {
		fmt.Fprintf(std.out, "entries of earlier logs %d\n", r.Before)
	}
	if a.Stopped > 0 {
		fmt.Fprintf(std.out, "the server does not run; what it and these commands wrote after %s comes into log and catalogue at its next start\n", time.UnixMicro(a.Stopped).UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(std.out, "on its way into log or catalogue %d\n", r.Pending)
	if r.Missing > 0 {
		fmt.Fprintln(std.out, missing(a, r))
	}
	if r.Remarks > 0 {
		fmt.Fprintf(std.out, "remarks %d\n", r.Remarks)
	}
	fmt.Fprintf(std.out, "findings %d\n", r.Findings)
	if r.Findings > 0 {
		return r, errFindings
	}
	return r, nil
}

// missing says what footage that is not there waits for. It is no finding, and nothing that is
// signed shows yet where it is.
func missing(a *audit.Audit, r audit.Report) string {
	until := "within minutes"
	if a.Stopped > 0 {
		until = "after the next start; verify again then"
	}
	return fmt.Sprintf("of it files that are not there %d: a journal tells why each went, and the signed log will %s", r.Missing, until)
}

// interrupted says what the next run does.
func interrupted(a *audit.Audit) string {
	switch {
	case a.SkipFiles:
		return "interrupted; the next run begins anew"
	case len(a.Key) == 0:
		return "interrupted; the key of the log is not here or may not be read, so that nothing of this run can be believed: the next one begins anew"
	}
	return "interrupted; for a day the same command does not read again what was read and was right"
}

// readOf says of which footage the bytes were compared, and since when.
func readOf(r audit.Report) string {
	since := time.UnixMicro(r.Since).UTC().Format(time.RFC3339)
	switch {
	case r.Presence:
		return "footage was not read; it was only looked whether its files are there"
	case r.Kept > 0:
		return fmt.Sprintf("footage was read since %s, %d of %d files by a run that was interrupted; --fresh reads all of it", since, r.Kept, r.Read)
	}
	return fmt.Sprintf("footage was read since %s, %d files", since, r.Read)
}
