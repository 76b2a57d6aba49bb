package config

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestDefaultIsValid(t *testing.T) {
	if err := Default().Validate(); err != nil {
		t.Error(err)
	}
}

func TestDefaultFileChangesNothing(t *testing.T) {
	var b strings.Builder
	if err := WriteDefault(&b); err != nil {
		t.Fatal(err)
	}
	got, err := load(t, b.String(), Sources{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Default(), got); diff != "" {
		t.Errorf("(-default +read):\n%s", diff)
	}
}

// What is given stands in the file uncommented, also where it is
// the default, and what cannot be is refused.
func TestDefaultFileHoldsWhatIsGiven(t *testing.T) {
	var b strings.Builder
	given := []Flag{{Name: "--data", Key: "data", Value: "/srv/watch room"}, {Name: "--database", Key: "database.url", Value: "postgres://u@db/w"},
		{Name: "--listen", Key: "listen", Value: Default().Listen}}
	if err := WriteDefault(&b, given...); err != nil {
		t.Fatal(err)
	}
	got, err := load(t, b.String(), Sources{})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Data, want.Database.URL = "/srv/watch room", "postgres://u@db/w"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-given +read):\n%s", diff)
	}
	if line := "\nlisten: " + yamlString(Default().Listen) + "\n"; !strings.Contains(b.String(), line) {
		t.Errorf("no line %q in:\n%s", line, b.String())
	}
	b.Reset()
	if err := WriteDefault(&b, Flag{Name: "--data", Key: "data", Value: ""}); err == nil || b.Len() > 0 {
		t.Errorf("an empty folder: %v, %q", err, b.String())
	}
}

// Uncommenting every setting of the default file must give the default again:
// what the comments show is what holds.
func TestDefaultFileShowsTheDefault(t *testing.T) {
	var b, uncommented strings.Builder
	if err := WriteDefault(&b); err != nil {
		t.Fatal(err)
	}
	settings := 0
	for line := range strings.Lines(b.String()) {
		for _, f := range fields(Default()) {
			indent := strings.Repeat("  ", f.depth)
			if setting, ok := strings.CutPrefix(line, indent+"# "); ok && !f.group && setting == f.key+": "+f.text(true)+"\n" {
				line = indent + setting
				settings++
				break
			}
		}
		uncommented.WriteString(line)
	}
	leaves := 0
	for _, f := range fields(Default()) {
		if !f.group {
			leaves++
		}
	}
	if settings != leaves {
		t.Errorf("the default file shows %d of %d settings", settings, leaves)
	}
	got, err := load(t, uncommented.String(), Sources{})
	if err != nil {
		t.Fatalf("%v\n%s", err, uncommented.String())
	}
	want := Default()
	want.Live.ExtraIPs = got.Live.ExtraIPs // nil and [] are the same list
	want.Recording.Volumes, want.Archive.Tiers = got.Recording.Volumes, got.Archive.Tiers
	if diff := cmp.Diff(want, got); diff != "" || len(got.Live.ExtraIPs)+len(got.Recording.Volumes)+len(got.Archive.Tiers) != 0 {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEveryFieldIsDocumented(t *testing.T) {
	seen := map[string]string{}
	for _, f := range fields(Default()) {
		if f.key == "" || len(f.doc) < 10 || !strings.HasSuffix(f.doc, ".") {
			t.Errorf("%s: key or comment is missing: %q", f.path, f.doc)
		}
		if f.env == "" {
			continue
		}
		if !strings.HasPrefix(f.env, "WATCHROOM_") {
			t.Errorf("%s: environment variable %s", f.path, f.env)
		}
		if other := seen[f.env]; other != "" {
			t.Errorf("%s is read by %s and %s", f.env, other, f.path)
		}
		seen[f.env] = f.path
	}
}

func TestRedactedDumpHidesThePassword(t *testing.T) {
	c := Default()
	c.Database.URL = "postgres://watchroom:sesame@db:5432/watchroom?sslmode=require"
	var b strings.Builder
	if err := c.WriteRedacted(&b); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "sesame") {
		t.Error("the dump shows the password")
	}
	if want := `url: "postgres://watchroom:hidden@db:5432/watchroom?sslmode=require"`; !strings.Contains(b.String(), want) {
		t.Errorf("no %s in\n%s", want, b.String())
	}
}

// Whatever stands in a configuration without secrets comes back from its dump.
func TestDumpReadsBack(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := Default()
		for _, f := range fields(c) {
			switch p := f.value.Addr().Interface().(type) {
			case *string:
				if f.secret == "" {
					*p = rapid.String().Draw(rt, f.path)
				}
			case *bool:
				*p = rapid.Bool().Draw(rt, f.path)
			case *int:
				*p = rapid.Int().Draw(rt, f.path)
			case *time.Duration:
				*p = time.Duration(rapid.Int64().Draw(rt, f.path))
			case *Bytes:
				*p = Bytes(rapid.Int64Min(0).Draw(rt, f.path))
			case *[]Volume:
				for range rapid.IntRange(1, 3).Draw(rt, f.path) {
					*p = append(*p, Volume{Name: rapid.String().Draw(rt, "name"), Folder: rapid.String().Draw(rt, "folder")})
				}
			case *[]Tier:
				for range rapid.IntRange(1, 3).Draw(rt, f.path) {
					tier := defaultTier()
					tier.Name, tier.Endpoint, tier.PathStyle = rapid.String().Draw(rt, "name"), rapid.String().Draw(rt, "endpoint"), rapid.Bool().Draw(rt, "path style")
					tier.MoveAfter, tier.MinFree = time.Duration(rapid.Int64Min(1).Draw(rt, "age")), Bytes(rapid.Int64Min(1).Draw(rt, "free"))
					*p = append(*p, tier)
				}
			case *[]OIDC:
				for range rapid.IntRange(1, 3).Draw(rt, f.path) {
					o := defaultOIDC()
					o.Name, o.Issuer, o.Create = rapid.String().Draw(rt, "name"), rapid.String().Draw(rt, "issuer"), rapid.Bool().Draw(rt, "create")
					o.Positions = rapid.SliceOfN(rapid.String(), 1, 3).Draw(rt, "positions")
					*p = append(*p, o)
				}
			case *[]LDAP:
				for range rapid.IntRange(1, 3).Draw(rt, f.path) {
					l := defaultLDAP()
					l.Name, l.Filter, l.StartTLS = rapid.String().Draw(rt, "name"), rapid.String().Draw(rt, "filter"), rapid.Bool().Draw(rt, "start tls")
					l.Timeout, l.Positions = time.Duration(rapid.Int64Min(1).Draw(rt, "timeout")), rapid.SliceOfN(rapid.String(), 1, 3).Draw(rt, "positions")
					*p = append(*p, l)
				}
			case *[]string:
				*p = rapid.SliceOfN(rapid.String(), 1, 3).Draw(rt, f.path)
			default:
				if !f.group {
					rt.Fatalf("%s has a type that this test does not know: %s", f.path, reflect.TypeOf(p))
				}
			}
		}
		var b strings.Builder
		if err := c.WriteRedacted(&b); err != nil {
			rt.Fatal(err)
		}
		got := Default()
		if problems := got.read("dump", []byte(b.String()), map[string]string{}); problems != nil {
			rt.Fatalf("%v\n%s", problems, b.String())
		}
		if diff := cmp.Diff(c, got); diff != "" {
			rt.Fatalf("(-written +read):\n%s\n%s", diff, b.String())
		}
	})
}

func TestYAMLStringIsPlainOnlyWhereSafe(t *testing.T) {
	for in, want := range map[string]string{
		"data": "data", "/srv/watch-room_1.d": "/srv/watch-room_1.d", "Asia/Shanghai": "Asia/Shanghai",
		"": `""`, "yes": `"yes"`, "NULL": `"NULL"`, "a: b": `"a: b"`, "8080": `"8080"`, "-x": `"-x"`, "a#b": `"a#b"`, "门": `"门"`,
	} {
		if got := yamlString(in); got != want {
			t.Errorf("yamlString(%q) = %s, want %s", in, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte("listen: 127.0.0.1:8080\nrecording:\n  spool: 64MiB\n"))
	f.Add([]byte("live: {extra_ips: [a, 1, {b: c}], <<: *x}\n---\n- a\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c := Default()
		for _, p := range c.read("f", text, map[string]string{}) {
			if p.Text == "" || !strings.HasPrefix(p.Where, "f") {
				t.Errorf("problem without words or place: %+v", p)
			}
		}
	})
}
