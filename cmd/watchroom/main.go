// Command watchroom records, shows and keeps account of a site's cameras.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	_ "time/tzdata" // site.time_zone works on machines without a time zone database

	"github.com/alecthomas/kong"

	"watchroom/internal/access/federation"
	"watchroom/internal/app/records"
	"watchroom/internal/config"
)

// version is the release; revision the commit it was built from (see Makefile).
const version = "0.3.0"

var revision string

type commandLine struct {
	Serve   serveCommand   `cmd:"" help:"Record the cameras and serve the web application."`
	Upgrade upgradeCommand `cmd:"" help:"Let another program take over from the running one: nothing is recorded less, and nobody is refused."`
	Demo    demoCommand    `cmd:"" help:"Serve with simulated cameras, for a first look."`
	Sim     simCommand     `cmd:"" help:"Simulate cameras: an RTSP server with drawn places."`
	Witness witnessCommand `cmd:"" help:"Cosign the transparency logs of recorders, on a second machine under another department."`
	Ledger  ledgerCommand  `cmd:"" help:"The transparency log of what was recorded and done."`
	User    userCommand    `cmd:"" help:"People and their accounts."`
	Rights  rightsCommand  `cmd:"" help:"What the positions may do."`
	Token   tokenCommand   `cmd:"" help:"Tokens for programs."`
	Archive archiveCommand `cmd:"" help:"The recordings on all disks and archive tiers."`
	Config  configCommand  `cmd:"" help:"Print a configuration file with every default and what the flags say, or the one in force."`
	OpenAPI openAPICommand `cmd:"" name:"openapi" help:"Print the OpenAPI description of the HTTP API."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// streams are what a command talks through.
type streams struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) (string, bool)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr, os.LookupEnv})
	stop()
	os.Exit(code)
}

// run is main without the process: it gives the exit status.
func run(ctx context.Context, args []string, std streams) int {
	var line commandLine
	exit := -1
	parser, err := kong.New(&line, kong.Name("watchroom"), kong.UsageOnError(),
		kong.Description("Watchroom 值守: a video recorder with the rules of the control room built in."),
		kong.Vars{"rights": rights()}, kong.Writers(std.out, std.err), kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std, arguments(args)))
	if err != nil {
		fmt.Fprintln(std.err, "watchroom:", err)
		return 70
	}
	if len(args) > 0 && args[0] == "help" { // as people ask
		args = append(slices.Clone(args[1:]), "--help")
	}
	parsed, err := parser.Parse(args)
	if exit >= 0 { // help was printed
		return exit
	}
	if err != nil {
		fmt.Fprintln(std.err, "watchroom:", err)
		var wrong *kong.ParseError
		if errors.As(err, &wrong) {
			fmt.Fprintf(std.err, "See %s --help.\n", asked(wrong.Context))
		}
		return 2
	}
	if err := parsed.Run(); err != nil && !errors.Is(err, errEnded) {
		if ctx.Err() == nil || !canceled(err) { // whoever interrupts a command knows why it ended
			fmt.Fprintln(std.err, "watchroom:", err)
		}
		var places *records.UnknownPlaces
		if errors.As(err, &places) {
			return 2 // nothing was found or not found: the command line lacks something
		}
		return 1
	}
	return 0
}

// canceled tells whether err, and every error joined in it, is that a context ended.
func canceled(err error) bool {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return errors.Is(err, context.Canceled)
	}
	for _, e := range joined.Unwrap() {
		if !canceled(e) {
			return false
		}
	}
	return true
}

// command is as far as a command line could be understood.
func asked(c *kong.Context) string {
	if c != nil {
		if n := c.Selected(); n != nil {
			var words []string
			for ; n != nil; n = n.Parent {
				words = append([]string{n.Name}, words...)
			}
			return strings.Join(words, " ")
		}
	}
	return "watchroom"
}

// settings are the flags that every command takes which works on a data folder.
type settings struct {
	File     string  `name:"config" placeholder:"FILE" help:"Configuration file (YAML)." type:"path"`
	Data     *string `placeholder:"DIR" help:"Data folder (default: data)."`
	Database string  `placeholder:"URL" help:"postgres://… to use PostgreSQL; no password here."`
}

func (s *settings) load(std streams, more ...config.Flag) (*config.Config, error) {
	return config.Load(config.Sources{File: s.File, Env: std.env, Flags: s.flags(more...)})
}

// flags are the settings that were given on the command line.
func (s *settings) flags(more ...config.Flag) []config.Flag {
	flags := more
	if s.Data != nil { // an empty one is a script's unset variable, and refused
		flags = append(flags, config.Flag{Name: "--data", Key: "data", Value: *s.Data})
	}
	if s.Database != "" {
		flags = append(flags, config.Flag{Name: "--database", Key: "database.url", Value: s.Database})
	}
	return flags
}

// given are the flags by which another command finds what this one works on, from whatever
// folder and with whatever environment it is typed.
func (s *settings) given(c *config.Config) string {
	words := []string{"--data", absolute(c.Data)}
	if s.File != "" {
		words = append([]string{"--config", absolute(s.File)}, words...)
	}
	if s.Database != "" {
		words = append(words, "--database", s.Database) // without a password: see config.Load
	}
	for i, word := range words {
		if strings.ContainsFunc(word, func(r rune) bool { return r < 0x80 && !plain(r) }) {
			words[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}

// plain tells of an ASCII character whether a shell takes it as it is.
func plain(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+=,", r)
}

func logger(c *config.Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log.Level)); err != nil {
		level = slog.LevelInfo // checked by config
	}
	o := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

type versionCommand struct{}

// Run prints the version.
func (versionCommand) Run(std streams) error {
	_, err := fmt.Fprintln(std.out, fullVersion())
	return err
}

func fullVersion() string {
	if revision == "" {
		return version
	}
	return version + "+" + revision
}

type configCommand struct {
	settings
	Listen  string `placeholder:"ADDR" help:"Address of the web application and the API (default: 127.0.0.1:8080)."`
	InForce bool   `help:"Print what is in force, with secrets left out, instead of the defaults."`
	Check   bool   `help:"Say whether what is in force can be used, with the files that it names, and what is wrong; asks no directory and changes nothing."`
}

// Run prints the configuration.
func (c *configCommand) Run(std streams) error {
	given := listen(c.Listen)
	if c.Check {
		cfg, err := c.load(std, given...)
		if err != nil {
			return err
		}
		if _, err := federation.New(cfg, std.env); err != nil {
			return fmt.Errorf("sign_in: %w", err)
		}
		_, err = fmt.Fprintln(std.out, "The configuration can be used.")
		return err
	}
	if !c.InForce {
		if c.File != "" {
			return errors.New("--config is read with --in-force and --check only: without it the defaults are printed, with what --data, --database and --listen say")
		}
		return config.WriteDefault(std.out, c.flags(given...)...)
	}
	cfg, err := c.load(std, given...)
	if err != nil {
		return err
	}
	return cfg.WriteRedacted(std.out)
}
