package ldap

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"pgregory.net/rapid"

	"watchroom/internal/secret"
	"watchroom/internal/testkit/ldaptest"
	"watchroom/internal/testkit/leak"
)

func directory(t *testing.T, change func(*Directory)) *Directory {
	t.Helper()
	d := &Directory{BindDN: ldaptest.Service, Password: ldaptest.Password, Base: ldaptest.People, GroupBase: ldaptest.Groups,
		Filter: "(&(objectClass=person)(uid={username}))", IDAttribute: "entryUUID", UsernameAttribute: "uid", NameAttribute: "cn",
		GroupFilter: "(member={dn})", Timeout: time.Minute}
	change(d)
	if err := d.Start(); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestSigningInAtARealServer: over each way that keeps passwords from the network.
func TestSigningInAtARealServer(t *testing.T) {
	leak.Check(t)
	s := ldaptest.Start(t)
	li := s.Person("li.lei", "李雷", "correct horse")
	s.Person("han", "韩梅梅", "battery staple")
	s.Person("*", "Star", "star")
	guards := s.Group("guards", li)
	s.Group("others", "uid=nobody,"+ldaptest.People)
	normal, err := Normal(guards)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Directory){
		"loopback":  func(d *Directory) { d.URL = s.Plain },
		"ldaps":     func(d *Directory) { d.URL, d.Roots = s.Secure, s.Roots },
		"start tls": func(d *Directory) { d.URL, d.Roots, d.StartTLS = s.Plain, s.Roots, true },
	} {
		t.Run(name, func(t *testing.T) {
			d := directory(t, change)
			e, err := d.SignIn(t.Context(), "li.lei", "correct horse")
			if err != nil || e.Username != "li.lei" || e.DisplayName != "李雷" || !slices.Equal(e.Groups, []string{normal}) || e.Subject == "" {
				t.Fatalf("%+v, %v", e, err)
			}
			for _, c := range []struct{ username, password string }{
				{"li.lei", "wrong"}, {"li.lei", ""}, {"nobody", "correct horse"}, {"", "correct horse"}, {"li*", "correct horse"},
				{"*)(uid=*", "correct horse"}, {"li.lei)(|(uid=*)", "correct horse"}, {"li.lei\x00", "correct horse"}, {"li.lei", "correct horse\x00"},
				{strings.Repeat("a", 10_000), "x"}, {"\xff\xfe", "x"}, {"han", "correct horse"},
			} {
				if e, err := d.SignIn(t.Context(), c.username, secret.Text(c.password)); !errors.Is(err, ErrWrong) {
					t.Errorf("%q with %q: %+v, %v", c.username, c.password, e, err)
				}
			}
			if e, err := d.SignIn(t.Context(), "*", "star"); err != nil || e.DisplayName != "Star" || len(e.Groups) != 0 {
				t.Errorf("a star that is a name: %+v, %v", e, err)
			}
			again, err := d.Again(t.Context(), e.Subject)
			if err != nil || again.Username != e.Username || !slices.Equal(again.Groups, e.Groups) {
				t.Errorf("%+v, %v", again, err)
			}
			if _, err := d.Again(t.Context(), "00000000-0000-0000-0000-000000000000"); !errors.Is(err, ErrGone) {
				t.Errorf("nobody: %v", err)
			}
			if _, err := d.Again(t.Context(), "*"); !errors.Is(err, ErrGone) {
				t.Errorf("everybody: %v", err)
			}
		})
	}
	d := directory(t, func(d *Directory) { d.URL = s.Plain })
	e, err := d.SignIn(t.Context(), "li.lei", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	s.Members(guards, "uid=nobody,"+ldaptest.People)
	if e, err = d.Again(t.Context(), e.Subject); err != nil || len(e.Groups) != 0 {
		t.Errorf("out of the group: %+v, %v", e, err)
	}
	s.Remove(li)
	if _, err := d.Again(t.Context(), e.Subject); !errors.Is(err, ErrGone) {
		t.Errorf("out of the directory: %v", err)
	}
	s.Stop()
	if _, err := d.SignIn(t.Context(), "han", "battery staple"); !errors.Is(err, ErrAway) {
		t.Errorf("a directory that is away: %v", err)
	}
	if err := s.Run(); err != nil {
		t.Fatal(err)
	}
	if _, err := d.SignIn(t.Context(), "han", "battery staple"); err != nil {
		t.Errorf("it is back: %v", err)
	}
}

func TestWhatADirectoryMustNotBe(t *testing.T) {
	leak.Check(t)
	s := ldaptest.Start(t)
	s.Person("li.lei", "李雷", "correct horse")
	s.Person("li.lei2", "李雷", "correct horse")
	for name, c := range map[string]struct {
		change func(*Directory)
		want   error
	}{
		"of another authority":      {func(d *Directory) { d.URL = s.Secure }, ErrAway},
		"start tls, likewise":       {func(d *Directory) { d.URL, d.StartTLS = s.Plain, true }, ErrAway},
		"a wrong service account":   {func(d *Directory) { d.URL, d.Password = s.Plain, "x" }, ErrAway},
		"a base that is not there":  {func(d *Directory) { d.URL, d.Base = s.Plain, "ou=none,"+ldaptest.Base }, ErrAway},
		"a filter that finds two":   {func(d *Directory) { d.URL, d.Filter = s.Plain, "(&(cn=李雷)(|(uid={username})(uid=li.lei2)))" }, ErrWrong},
		"an entry without such ids": {func(d *Directory) { d.URL, d.IDAttribute = s.Plain, "employeeNumber" }, ErrAway},
	} {
		d := directory(t, c.change)
		if e, err := d.SignIn(t.Context(), "li.lei", "correct horse"); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
	for name, d := range map[string]*Directory{
		"in the clear":   {URL: "ldap://192.0.2.1", Filter: "(uid={username})", GroupFilter: "(member={dn})"},
		"a filter":       {URL: "ldaps://192.0.2.1", Filter: "(uid={username}", GroupFilter: "(member={dn})"},
		"a group filter": {URL: "ldaps://192.0.2.1", Filter: "(uid={username})", GroupFilter: "member"},
		"a base":         {URL: "ldaps://192.0.2.1", Filter: "(uid={username})", GroupFilter: "(member={dn})", Base: "people"},
	} {
		if err := d.Start(); err == nil {
			t.Errorf("%s is let pass", name)
		}
	}
}

// scripted is a server that answers every bind with success and every search as it is told.
func scripted(t *testing.T, search func(id int64, request *ber.Packet) []*ber.Packet) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for {
					p, err := ber.ReadPacket(c)
					if err != nil || len(p.Children) < 2 {
						return
					}
					id, _ := p.Children[0].Value.(int64)
					answers := []*ber.Packet{result(id, ldap.ApplicationBindResponse, 0)}
					switch p.Children[1].Tag {
					case ldap.ApplicationSearchRequest:
						answers = search(id, p.Children[1])
					case ldap.ApplicationUnbindRequest:
						return
					}
					for _, a := range answers {
						if _, err := c.Write(a.Bytes()); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "ldap://" + l.Addr().String()
}

func result(id int64, tag ber.Tag, code int64) *ber.Packet {
	r := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	r.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, ""))
	r.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	r.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "", ""))
	return message(id, r)
}

func message(id int64, operation *ber.Packet) *ber.Packet {
	m := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	m.AppendChild(operation)
	return m
}

func entry(id int64, dn string, attributes map[string]string) *ber.Packet {
	e := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	e.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, dn, ""))
	list := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
	for name, value := range attributes {
		one := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSequence, nil, "")
		one.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, name, ""))
		set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		set.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, value, ""))
		one.AppendChild(set)
		list.AppendChild(one)
	}
	e.AppendChild(list)
	return message(id, e)
}

// TestActiveDirectory: nested groups are asked for with the matching rule of Active
// Directory, and an objectGUID, which is bytes, is looked up again as bytes. slapd has
// neither, so a scripted server stands in.
func TestActiveDirectory(t *testing.T) {
	var filters []string
	url := scripted(t, func(id int64, request *ber.Packet) []*ber.Packet {
		filter, err := ldap.DecompileFilter(request.Children[6])
		if err != nil {
			t.Error(err)
		}
		filters = append(filters, filter)
		done := result(id, ldap.ApplicationSearchResultDone, 0)
		if strings.Contains(filter, "member") {
			return []*ber.Packet{entry(id, "CN=Guards,DC=x", nil), entry(id, "CN=All  Staff, DC=x", nil), done}
		}
		return []*ber.Packet{entry(id, "CN=Li Lei,DC=x", map[string]string{"objectGUID": "\x01\x02ab)(\x80", "sAMAccountName": "lilei"}), done}
	})
	d := directory(t, func(d *Directory) {
		d.URL, d.Base, d.GroupBase = url, "DC=x", "DC=x"
		d.Filter, d.IDAttribute, d.UsernameAttribute = "(sAMAccountName={username})", "objectGUID", "sAMAccountName"
		d.GroupFilter = "(member:1.2.840.113556.1.4.1941:={dn})"
	})
	e, err := d.SignIn(t.Context(), "lilei", "p")
	if err != nil || e.Subject != "0x01026162292880" || !slices.Equal(e.Groups, []string{"cn=guards,dc=x", "cn=all staff,dc=x"}) {
		t.Fatalf("%+v, %v", e, err)
	}
	if _, err := d.Again(t.Context(), e.Subject); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(member:1.2.840.113556.1.4.1941:=CN=Li Lei,DC=x)", "(&(sAMAccountName=*)(objectGUID=\x01\x02ab\\29\\28\\80))"} {
		if !slices.Contains(filters, want) {
			t.Errorf("nobody asked %s: %q", want, filters)
		}
	}
}

// TestReferralsAreNotFollowed: a directory cannot send the service account's password, or a
// person's, to another server.
func TestReferralsAreNotFollowed(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	go func() {
		if c, err := other.Accept(); err == nil {
			c.Close()
			close(asked)
		}
	}()
	url := scripted(t, func(id int64, _ *ber.Packet) []*ber.Packet {
		r := result(id, ldap.ApplicationSearchResultDone, ldap.LDAPResultReferral)
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 3, nil, "")
		list.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, "ldap://"+other.Addr().String()+"/dc=x", ""))
		r.Children[1].AppendChild(list)
		return []*ber.Packet{r}
	})
	d := directory(t, func(d *Directory) { d.URL = url })
	if _, err := d.SignIn(t.Context(), "li.lei", "p"); !errors.Is(err, ErrAway) {
		t.Errorf("err = %v", err)
	}
	other.Close()
	select {
	case <-asked:
		t.Error("the other server was asked")
	default:
	}
}

// TestASilentDirectory: who waits for it is let go by its own limit, and by the end of the
// request.
func TestASilentDirectory(t *testing.T) {
	url := scripted(t, func(int64, *ber.Packet) []*ber.Packet { return nil })
	d := directory(t, func(d *Directory) { d.URL, d.Timeout = url, 50*time.Millisecond })
	if _, err := d.SignIn(t.Context(), "li.lei", "p"); !errors.Is(err, ErrAway) {
		t.Errorf("err = %v", err)
	}
	d = directory(t, func(d *Directory) { d.URL, d.Timeout = url, time.Hour })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := d.SignIn(ctx, "li.lei", "p"); !errors.Is(err, ErrAway) {
		t.Errorf("err = %v", err)
	}
}

// TestWhatIsTypedIsAValue: whatever somebody types, the filter keeps its form and asks for
// just that.
func TestWhatIsTypedIsAValue(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		typed, dn := rapid.StringN(1, 40, -1).Draw(rt, "typed"), rapid.StringN(1, 40, -1).Draw(rt, "dn")
		p, err := ldap.CompileFilter(fill("(&(uid={username})(member={dn}))", dn, typed))
		if err != nil {
			rt.Fatal(err)
		}
		if len(p.Children) != 2 || len(p.Children[0].Children) != 2 || p.Children[0].Tag != ldap.FilterEqualityMatch || p.Children[1].Tag != ldap.FilterEqualityMatch {
			rt.Fatalf("%q changes the filter", typed)
		}
		if got := p.Children[0].Children[1].Data.String(); got != typed {
			rt.Fatalf("%q asks for %q", typed, got)
		}
	})
}

func FuzzNormal(f *testing.F) {
	f.Add("CN=Guards, OU=Groups,DC=example,DC=org")
	f.Add(`cn=a\,b+sn=\c3\a9,dc=x`)
	f.Fuzz(func(t *testing.T, dn string) {
		once, err := Normal(dn)
		if err != nil {
			return
		}
		if twice, err := Normal(once); err != nil || twice != once {
			t.Errorf("%q is %q is %q, %v", dn, once, twice, err)
		}
	})
}
