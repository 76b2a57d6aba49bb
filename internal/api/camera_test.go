package api

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"watchroom/internal/api/system"
	"watchroom/internal/api/trail"
	"watchroom/internal/camera"
	"watchroom/internal/capture"
	"watchroom/internal/db"
	"watchroom/internal/media"
	"watchroom/internal/source"
	"watchroom/internal/still"
	"watchroom/internal/testkit/clause"
	"watchroom/internal/testkit/dbtest"
)

func TestCameras(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHouseOn(t, d)
		long := strings.Repeat("门", 300)
		h.run([]scenario{
			{name: "list as guest", path: "/api/v1/cameras", status: 401},
			{name: "list as a program", as: "token", path: "/api/v1/cameras", status: 200, content: []string{`"东门"`, `"Yard"`}},
			{name: "list as technician", as: "technician", path: "/api/v1/cameras", status: 200, content: []string{
				`"url":"rtsp://192.0.2.10/gate"`, `"username":"viewer"`, `"hasCredentials":true`, `"status":"live"`, `"bitrate":4000000`, `"clockOffset":null`, `"viewers":2`, `"provisional":true`,
			}},
			{name: "one", as: "operator", path: "/api/v1/cameras/{gate}", status: 200, content: []string{`"东门"`}},
			{name: "unknown", as: "operator", path: "/api/v1/cameras/0000000000000", status: 404, content: []string{"camera_unknown"}},
			{name: "an id that is none", as: "operator", path: "/api/v1/cameras/%F0%9F%93%B7", status: 404, content: []string{"camera_unknown"}},
			{name: "create as operator", as: "operator", method: "POST", path: "/api/v1/cameras", body: `{"name":"x","main":{"url":"rtsp://192.0.2.1/"}}`, status: 403, content: []string{`"action":"camera.configure"`}},
			{name: "create", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"` + long + `","place":"一号楼","main":{"url":"rtsp://u:p%40ss@192.0.2.1/1","transport":"tcp"},"sub":{"url":"rtsp://192.0.2.1/2","username":"v","password":"sub-secret"}}`,
				status: 201, content: []string{long, `"url":"rtsp://192.0.2.1/1"`, `"username":"u"`, `"transport":"tcp"`, `"sub":{`, `"status":"connecting"`}, not: []string{"p%40ss", "p@ss", "sub-secret"}},
			{name: "the same name in another case", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"YARD","main":{"url":"rtsp://192.0.2.1/"}}`, status: 409, content: []string{"camera_name_taken", "body.name"}},
			{name: "301 characters", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"` + long + `门","main":{"url":"rtsp://192.0.2.1/"}}`, status: 422, content: []string{"body.name"}},
			{name: "no name", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"  ","main":{"url":"rtsp://192.0.2.1/"}}`, status: 422},
			{name: "machine data", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"x","main":{"url":"rtsp://169.254.169.254/"}}`, status: 422, content: []string{"test_address_refused", "main.url"}},
			{name: "credentials inside, beside empty fields", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"inside","main":{"url":"rtsp://guard:p%40ss:w%2Frd@192.0.2.8/1","username":"","password":""}}`,
				status: 201, content: []string{`"url":"rtsp://192.0.2.8/1"`, `"username":"guard"`, `"hasCredentials":true`}, not: []string{"p%40ss", "p@ss"}},
			{name: "a web page", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"x","main":{"url":"http://192.0.2.1/"}}`, status: 422, content: []string{"url_scheme_unsupported", "main.url"}},
			{name: "no address", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"x","main":{}}`, status: 422, content: []string{"body.main"}},
			{name: "another transport", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"x","main":{"url":"rtsp://192.0.2.1/","transport":"pigeon"}}`, status: 422, content: []string{"body.main.transport"}},
			{name: "sound without a purpose", as: "administrator", method: "POST", path: "/api/v1/cameras", body: `{"name":"x","main":{"url":"rtsp://192.0.2.1/"},"recordAudio":true}`, status: 422, content: []string{"audio_purpose_required"}},
			{name: "change as operator", as: "operator", method: "PATCH", path: "/api/v1/cameras/{yard}", body: `{"name":"x"}`, status: 403},
			{name: "rename", as: "technician", method: "PATCH", path: "/api/v1/cameras/{yard}", body: `{"name":"Car park","note":"北侧"}`, status: 200, content: []string{`"Car park"`, `"北侧"`, `"hasCredentials":true`}},
			{name: "another path on the same device", as: "administrator", method: "PATCH", path: "/api/v1/cameras/{yard}", body: `{"main":{"url":"rtsp://192.0.2.10:554/other"}}`, status: 200, content: []string{`/other"`, `"hasCredentials":true`}},
			{name: "only the transport", as: "administrator", method: "PATCH", path: "/api/v1/cameras/{yard}", body: `{"main":{"transport":"udp"}}`, status: 200, content: []string{`"udp"`, `/other"`}},
			{name: "a sub-stream", as: "administrator", method: "PATCH", path: "/api/v1/cameras/{yard}", body: `{"sub":{"url":"rtsp://192.0.2.10/sub"}}`, status: 200, content: []string{`"sub":{`}},
			{name: "no sub-stream any more", as: "administrator", method: "PATCH", path: "/api/v1/cameras/{yard}", body: `{"sub":null}`, status: 200, not: []string{`"sub":{`}},
			{name: "switch as technician", as: "technician", method: "POST", path: "/api/v1/cameras/{yard}/switch", body: `{"enabled":false,"reason":"施工"}`, status: 403},
			{name: "switch without a reason", as: "supervisor", method: "POST", path: "/api/v1/cameras/{yard}/switch", body: `{"enabled":false,"reason":""}`, status: 422},
			{name: "switch", as: "supervisor", method: "POST", path: "/api/v1/cameras/{yard}/switch", body: `{"enabled":false,"reason":"施工期间停用"}`, status: 200, content: []string{`"enabled":false`}},
			{name: "retire", as: "administrator", method: "POST", path: "/api/v1/cameras/{yard}/retire", body: `{"reason":"拆除"}`, status: 200, content: []string{`"status":"retired"`, `"retiredAt"`}},
			{name: "retire twice", as: "administrator", method: "POST", path: "/api/v1/cameras/{yard}/retire", body: `{"reason":"拆除"}`, status: 409, content: []string{"camera_retired"}},
			{name: "retired ones are still listed", as: "operator", path: "/api/v1/cameras", status: 200, content: []string{`"Car park"`}},
		})
		acts := get[trail.Acts](h, "auditor", "GET", "/api/v1/acts?camera="+h.yard, "", 200)
		var kinds []string
		for _, a := range acts.Items {
			kinds = append(kinds, a.Kind)
		}
		if len(kinds) < 8 || kinds[0] != "camera.retired" || acts.Items[0].PersonName != "ADMINISTRATOR" {
			t.Errorf("%v %+v", kinds, acts.Items[0])
		}
	})
}

// TestLostCameras: who configures cameras sees those that the database does not know and
// takes them back, and no password is shown.
func TestLostCameras(t *testing.T) {
	clause.Covers(t, "C091")
	h := newHouse(t)
	address, retired := "rtsp://u:hush@192.0.2.30/a?password=hush2", int64(1.7e15)
	h.lost.copy = []camera.Remembered{
		{ID: h.gate, Name: "东门", Main: camera.StreamInput{URL: &address}},
		{ID: "lost0000000a", Name: "南门", Place: "一号楼", Enabled: true, CreatedAt: 1.6e15, Main: camera.StreamInput{URL: &address}},
		{ID: "lost0000000b", RetiredAt: &retired},
	}
	h.run([]scenario{
		{name: "look as operator", as: "operator", path: "/api/v1/cameras/lost", status: 403, content: []string{`"action":"camera.configure"`}},
		{name: "look", as: "technician", path: "/api/v1/cameras/lost", status: 200,
			content: []string{`"南门"`, `"url":"rtsp://192.0.2.30/a?password={password}"`, `"retiredAt":"2023-11-14T22:13:20Z"`}, not: []string{"hush", "东门"}},
		{name: "take back as operator", as: "operator", method: "POST", path: "/api/v1/cameras/recover", status: 403},
		{name: "take back", as: "administrator", method: "POST", path: "/api/v1/cameras/recover", status: 200, content: []string{`"南门"`, `"status":"retired"`}, not: []string{"hush", "东门"}},
		{name: "none is lost any more", as: "administrator", path: "/api/v1/cameras/lost", status: 200, content: []string{`"items":[]`}},
		{name: "once more", as: "administrator", method: "POST", path: "/api/v1/cameras/recover", status: 200, content: []string{`"items":[]`}},
	})
	acts := get[trail.Acts](h, "auditor", "GET", "/api/v1/acts?camera=lost0000000a", "", 200)
	if len(acts.Items) != 1 || acts.Items[0].Kind != "camera.recovered" || acts.Items[0].PersonName != "ADMINISTRATOR" {
		t.Errorf("%+v", acts.Items)
	}
}

// TestTheKeptPasswordDoesNotTravel: who may change an address must not have the
// password sent to a machine of their own.
func TestTheKeptPasswordDoesNotTravel(t *testing.T) {
	cases := []struct {
		name, body, want string
		dropped          bool
	}{
		{"another path", `{"main":{"url":"rtsp://192.0.2.10/other"}}`, "camera-secret", false},
		{"the default port written out", `{"main":{"url":"rtsp://192.0.2.10:554/other"}}`, "camera-secret", false},
		{"another host", `{"main":{"url":"rtsp://198.51.100.7/gate"}}`, "", true},
		{"another port", `{"main":{"url":"rtsp://192.0.2.10:8554/gate"}}`, "", true},
		{"another host, typed again", `{"main":{"url":"rtsp://198.51.100.7/gate","password":"typed"}}`, "typed", false},
		{"another host, typed inside", `{"main":{"url":"rtsp://viewer:inside@198.51.100.7/gate"}}`, "inside", false},
		{"no address", `{"main":{"username":"somebody"}}`, "camera-secret", false},
		{"taken away on purpose", `{"main":{"password":""}}`, "", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			said := h.send("technician", "PATCH", "/api/v1/cameras/"+h.gate, c.body)
			if said.Code != 200 || strings.Contains(said.Body.String(), `"passwordDropped":true`) != c.dropped {
				t.Fatalf("%d %s", said.Code, said.Body)
			}
			// The answer says whether one is kept, and when it was given up.
			w := h.send("technician", "GET", "/api/v1/cameras/"+h.gate, "")
			if strings.Contains(w.Body.String(), `"hasCredentials":true`) != (c.want != "") {
				t.Errorf("%s", w.Body)
			}
			kept, err := h.deps.Cameras.Secrets(t.Context(), h.gate)
			if err != nil || kept.Main.Password.Reveal() != c.want {
				t.Errorf("%q %v", kept.Main.Password.Reveal(), err)
			}
		})
	}
}

func TestStates(t *testing.T) {
	h := newHouse(t)
	now := h.now()
	for want, s := range map[string]capture.Status{
		`"status":"off"`:               {Enabled: false, Main: source.Status{State: source.Off}},
		`"status":"wrong_credentials"`: {Enabled: true, Main: source.Status{State: source.WrongCredentials, Since: now, Reason: source.Reason{Code: "wrong_credentials", Detail: "No."}}},
		`"code":"not_recording"`:       {Enabled: true, Main: source.Status{State: source.Live, Since: now}, State: recordingState(media.CauseDiskFull)},
		`"subLive":true`:               {Enabled: true, Main: source.Status{State: source.Stalled}, Sub: &source.Status{State: source.Live}},
	} {
		h.fleet.set(h.gate, s)
		if w := h.send("operator", "GET", "/api/v1/cameras/"+h.gate, ""); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: %d %s", want, w.Code, w.Body)
		}
	}
}

func TestConnectionTest(t *testing.T) {
	h := newHouse(t)
	h.probe.found = source.ProbeResult{
		OK: true, State: source.Live, FPS: 25, Bitrate: 4e6, KeyInterval: 2, Transport: "tcp",
		Tracks:   []media.Track{{ID: 1, Codec: media.H264, Width: 1920, Height: 1080, SPS: [][]byte{{0x67, 0x64, 0, 0x28}}}},
		KeyFrame: &media.Unit{}, Run: &media.Run{Tracks: []media.Track{{ID: 1, Codec: media.H264}}},
	}
	h.run([]scenario{
		{name: "operator", as: "operator", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.1/"}`, status: 403},
		{name: "good", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.1/"}`, status: 200, content: []string{`"ok":true`, `"mime":"avc1.640028"`, `"picture":"data:image/jpeg;base64,`, `"keyInterval":2`}},
		{name: "scheme", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"file:///etc/passwd"}`, status: 422, content: []string{"url_scheme_unsupported", "body.url"}},
		{name: "machine data", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://169.254.169.254/latest"}`, status: 403, content: []string{"test_address_refused"}},
		{name: "in IPv6 clothes", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://[::ffff:169.254.169.254]/latest"}`, status: 403, content: []string{"test_address_refused"}},
		{name: "everybody", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://224.0.0.1/"}`, status: 403, content: []string{"test_address_refused"}},
		{name: "two passwords", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://u:p@192.0.2.1/","username":"u","password":"q"}`, status: 422, content: []string{"url_credentials_differ", "body.url"}},
		{name: "unknown camera", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.1/","camera":"0000000000000"}`, status: 404},
	})
	cases := []struct{ name, body, user, password string }{
		{"typed", `{"url":"rtsp://192.0.2.10/gate","username":"u","password":"p","camera":"{gate}"}`, "u", "p"},
		{"inside the address", `{"url":"rtsp://u2:p2@192.0.2.10/gate","camera":"{gate}"}`, "u2", "p2"},
		{"inside the address, beside empty fields", `{"url":"rtsp://guard:p%40ss:w%2Frd@192.0.2.10/gate","username":"","password":""}`, "guard", "p@ss:w/rd"},
		{"kept", `{"url":"rtsp://192.0.2.10/another","camera":"{gate}"}`, "viewer", "camera-secret"},
		{"kept, with the name typed", `{"url":"rtsp://192.0.2.10/another","username":"viewer","camera":"{gate}"}`, "viewer", "camera-secret"},
		{"kept ones do not travel", `{"url":"rtsp://198.51.100.7/trap","username":"viewer","camera":"{gate}"}`, "viewer", ""},
		{"nor to another port", `{"url":"rtsp://192.0.2.10:5554/trap","camera":"{gate}"}`, "", ""},
		{"no sub-stream, no password", `{"url":"rtsp://192.0.2.10/gate","camera":"{gate}","which":"sub"}`, "", ""},
		{"none", `{"url":"rtsp://192.0.2.10/gate"}`, "", ""},
	}
	for _, c := range cases {
		w := h.send("technician", "POST", "/api/v1/cameras/test", strings.ReplaceAll(c.body, "{gate}", h.gate))
		if w.Code != 200 || h.probe.asked.Username != c.user || h.probe.asked.Password != c.password || strings.Contains(h.probe.asked.URL, "@") {
			t.Errorf("%s: %d %+v", c.name, w.Code, h.probe.asked)
		}
		if strings.Contains(w.Body.String(), "camera-secret") {
			t.Errorf("%s: the kept password is shown", c.name)
		}
	}
	h.pictures.err = still.ErrUnavailable
	h.run([]scenario{{name: "without ffmpeg", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.1/"}`, status: 200, content: []string{`"picture":null`, `"ffmpeg_missing"`}}})
	h.probe.found = source.ProbeResult{State: source.WrongCredentials, Reason: source.Reason{Code: "wrong_credentials", Detail: "The camera refuses them."}}
	h.run([]scenario{{name: "a failure is an answer", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.1/"}`, status: 200, content: []string{`"ok":false`, `"tracks":[]`, `"wrong_credentials"`}}})
	if strings.Contains(h.log.String(), "camera-secret") {
		t.Error("the log holds a password")
	}
}

// TestATestIsNoWayToWatch: the administrator does not watch, by a test neither; the
// technician does.
func TestATestIsNoWayToWatch(t *testing.T) {
	h := newHouse(t)
	h.probe.found = source.ProbeResult{
		OK: true, State: source.Live, Bitrate: 4e6, Tracks: []media.Track{{ID: 1, Codec: media.H264}},
		KeyFrame: &media.Unit{}, Run: &media.Run{Tracks: []media.Track{{ID: 1, Codec: media.H264}}},
	}
	h.resolve = func(_ context.Context, _, host string) ([]netip.Addr, error) {
		switch host {
		case "gate.example":
			return []netip.Addr{netip.MustParseAddr("192.0.2.10")}, nil
		case "new.example":
			return []netip.Addr{netip.MustParseAddr("192.0.2.99")}, nil
		}
		return nil, errors.New("no such host")
	}
	const registered, unclear = "picture_of_registered_camera", "picture_address_unclear"
	h.key("technician")
	for _, c := range []struct{ name, body, why, camera string }{
		{"its address", `{"url":"rtsp://192.0.2.10/gate?x=1","username":"viewer","password":"typed"}`, registered, h.gate},
		{"its other stream by the kept password", `{"url":"rtsp://192.0.2.10/gate/sub","camera":"{gate}"}`, registered, h.gate},
		{"with a password typed for it", `{"url":"rtsp://192.0.2.10/gate/sub","camera":"{gate}","password":"typed"}`, registered, h.gate},
		{"a new address for it", `{"url":"rtsp://192.0.2.99/","camera":"{gate}"}`, registered, h.gate},
		{"another camera's name for it", `{"url":"rtsp://192.0.2.10/yard","camera":"{gate}","password":"typed"}`, registered, h.gate},
		{"another channel of the device", `{"url":"rtsp://192.0.2.10/channel/3"}`, registered, h.gate},
		{"another path that is a camera's", `{"url":"rtsp://192.0.2.10/Yard/"}`, registered, h.yard},
		{"in IPv6 clothes", `{"url":"rtsp://[::ffff:192.0.2.10]/gate"}`, registered, h.gate},
		{"by its name", `{"url":"rtsp://gate.example/gate"}`, registered, h.gate},
		{"over TLS", `{"url":"rtsps://192.0.2.10/gate"}`, registered, h.gate},
		{"a name that leads nowhere", `{"url":"rtsp://gone.example/gate"}`, unclear, ""},
		{"a new device", `{"url":"rtsp://192.0.2.99/"}`, "", ""},
		{"a new device by its name", `{"url":"rtsp://new.example/"}`, "", ""},
		{"another port of the device", `{"url":"rtsp://192.0.2.10:8554/"}`, registered, h.gate},
		{"another port, by its name", `{"url":"rtsp://gate.example:8554/gate"}`, registered, h.gate},
	} {
		h.shift.Add(time.Minute.Microseconds()) // so few tests a minute are let through
		body := strings.NewReplacer("{gate}", h.gate).Replace(c.body)
		w := h.send("administrator", "POST", "/api/v1/cameras/test", body)
		said := w.Body.String()
		if w.Code != 200 || !strings.Contains(said, `"bitrate":4000000`) || strings.Contains(said, "data:image") != (c.why == "") || !strings.Contains(said, c.why) {
			t.Errorf("%s: %d %s", c.name, w.Code, said)
		}
		acts := h.diary.of("camera.tested")
		if a := acts[len(acts)-1]; a.Detail["picture"] != (c.why == "") || a.Camera != c.camera {
			t.Errorf("%s: %+v", c.name, a)
		}
		if w := h.send("technician", "POST", "/api/v1/cameras/test", body); w.Code != 200 || !strings.Contains(w.Body.String(), "data:image/jpeg") {
			t.Errorf("%s, to who may watch: %d %s", c.name, w.Code, w.Body)
		}
	}
	// Where a registered camera's name cannot be resolved, it could be any address.
	if w := h.send("technician", "PATCH", "/api/v1/cameras/"+h.yard, `{"main":{"url":"rtsp://gone.example/yard"}}`); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	h.run([]scenario{{name: "a camera that cannot be compared", as: "administrator", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.99/"}`,
		status: 200, content: []string{unclear}, not: []string{"data:image"}}})
}

// TestOneDeviceIsTestedSoOften: who guesses a device's password through the server comes no
// farther than a dozen tries a minute; other devices, and colleagues, are tested meanwhile.
func TestOneDeviceIsTestedSoOften(t *testing.T) {
	h := newHouse(t)
	one := func(name, as, host string, status int) scenario {
		return scenario{name: name, as: as, method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://u:p@` + host + `/"}`, status: status}
	}
	for range 12 {
		h.run([]scenario{one("one of a dozen", "technician", "192.0.2.77", 200)})
	}
	over := one("one more", "technician", "192.0.2.77", 429)
	over.content = []string{"too_many_tests"}
	h.run([]scenario{over, one("another device", "technician", "192.0.2.78", 200), one("somebody else", "administrator", "192.0.2.77", 200)})
	h.shift.Add(time.Minute.Microseconds())
	h.run([]scenario{one("a minute later", "technician", "192.0.2.77", 200)})
}

func TestConnectionTestsAreOnRecordAndFew(t *testing.T) {
	h := newHouse(t)
	h.key("technician")
	h.probe.wait, h.probe.begun = make(chan struct{}), make(chan struct{})
	answers := make(chan int)
	for range 4 {
		r := h.request("technician", "POST", "/api/v1/cameras/test", `{"url":"rtsp://u:p@192.0.2.77/"}`)
		go func() { answers <- serve(h.handler, r).Code }()
		<-h.probe.begun
	}
	h.run([]scenario{{name: "one too many", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.1/"}`, status: 429, content: []string{"too_many_tests"}}})
	close(h.probe.wait)
	for range 4 {
		if code := <-answers; code != 200 {
			t.Error(code)
		}
	}
	h.journal.Close()
	h.run([]scenario{{name: "not without an act", as: "technician", method: "POST", path: "/api/v1/cameras/test", body: `{"url":"rtsp://192.0.2.1/"}`, status: 503, content: []string{"act_not_recorded"}}})
}

func TestPictureOfNow(t *testing.T) {
	h := newHouse(t)
	looks := func() int {
		acts := h.diary.of("live.picture")
		for _, a := range acts {
			if a.Camera != h.gate || a.Person != h.people["operator"] {
				t.Errorf("%+v", a)
			}
		}
		return len(acts)
	}
	for range 3 {
		w := h.send("operator", "GET", "/api/v1/cameras/"+h.gate+"/picture.jpg?stream=sub", "")
		if w.Code != 200 || w.Header().Get("Content-Type") != "image/jpeg" || w.Header().Get("Watchroom-At") != "2026-11-22T08:00:00Z" ||
			w.Header().Get("Cache-Control") != "no-store" || !strings.HasPrefix(w.Body.String(), "\xff\xd8") {
			t.Errorf("%d %v", w.Code, w.Header())
		}
	}
	if n := looks(); n != 1 {
		t.Errorf("%d acts for one look of three pictures", n)
	}
	h.shift.Store((6 * time.Minute).Microseconds())
	h.send("operator", "GET", "/api/v1/cameras/"+h.gate+"/picture.jpg", "")
	if n := looks(); n != 2 {
		t.Errorf("%d acts after looking again later", n)
	}
	h.pictures.none = true
	h.run([]scenario{
		{name: "none", as: "operator", path: "/api/v1/cameras/{gate}/picture.jpg", status: 204},
		{name: "administrator", as: "administrator", path: "/api/v1/cameras/{gate}/picture.jpg", status: 403, content: []string{`"live.view"`}},
		{name: "unknown", as: "operator", path: "/api/v1/cameras/0000000000000/picture.jpg", status: 404},
		{name: "third stream", as: "operator", path: "/api/v1/cameras/{gate}/picture.jpg?stream=third", status: 422, content: []string{"query.stream"}},
	})
	h.pictures.none, h.pictures.err = false, errors.New("exec: ffmpeg at 10.1.2.3")
	h.run([]scenario{{name: "broken", as: "operator", path: "/api/v1/cameras/{gate}/picture.jpg", status: 500, content: []string{"internal_error"}, not: []string{"10.1.2.3"}}})
}

func TestWithoutAnActThereIsNoPicture(t *testing.T) {
	h := newHouse(t)
	h.key("operator")
	h.journal.Close()
	h.run([]scenario{
		{name: "picture", as: "operator", path: "/api/v1/cameras/{gate}/picture.jpg", status: 503, content: []string{"act_not_recorded"}},
	})
}

func TestTimeline(t *testing.T) {
	h := newHouse(t)
	const day = "from=2026-11-21T00:00:00Z&to=2026-11-22T00:00:00%2B00:00"
	h.run([]scenario{
		{name: "guest", path: "/api/v1/timeline?camera={gate}&" + day, status: 401},
		{name: "two cameras", as: "token", path: "/api/v1/timeline?camera={gate}&camera={yard}&" + day + "&resolution=60000", status: 200, content: []string{
			`"camera":"` + h.gate + `"`, `"camera":"` + h.yard + `"`, `"kind":"recorded"`, `"kind":"gap"`, `"cause":"camera_unreachable"`, `"open":true`, `"end":"2026-11-21T12:00:00Z"`, `"now"`,
		}},
		{name: "none", as: "operator", path: "/api/v1/timeline?" + day, status: 422, content: []string{"query.camera"}},
		{name: "twice", as: "operator", path: "/api/v1/timeline?camera={gate}&camera={gate}&" + day, status: 422, content: []string{"camera_twice"}},
		{name: "backwards", as: "operator", path: "/api/v1/timeline?camera={gate}&from=2026-11-22T00:00:00Z&to=2026-11-21T00:00:00Z", status: 422, content: []string{"interval_empty"}},
		{name: "a century", as: "operator", path: "/api/v1/timeline?camera={gate}&from=1990-11-22T00:00:00Z&to=2090-11-21T00:00:00Z", status: 422, content: []string{"interval_too_long"}},
		{name: "no times", as: "operator", path: "/api/v1/timeline?camera={gate}&from=yesterday", status: 422, content: []string{"query.from", "query.to"}},
		{name: "resolution", as: "operator", path: "/api/v1/timeline?camera={gate}&" + day + "&resolution=-1", status: 422, content: []string{"query.resolution"}},
	})
}

func TestLayouts(t *testing.T) {
	clause.Covers(t, "C044")
	h := newHouse(t)
	made := get[struct{ ID string }](h, "operator", "POST", "/api/v1/layouts", `{"name":"夜班","size":4,"cells":["`+h.gate+`",null],"shared":true}`, 201)
	path := "/api/v1/layouts/" + made.ID
	h.run([]scenario{
		{name: "list", as: "colleague", path: "/api/v1/layouts", status: 200, content: []string{`"夜班"`, `"cells":["` + h.gate + `",null,null,null]`}},
		{name: "administrator", as: "administrator", path: "/api/v1/layouts", status: 403},
		{name: "taken", as: "operator", method: "POST", path: "/api/v1/layouts", body: `{"name":"夜班","size":1,"cells":[]}`, status: 409, content: []string{"layout_name_taken"}},
		{name: "size", as: "operator", method: "POST", path: "/api/v1/layouts", body: `{"name":"x","size":5,"cells":[]}`, status: 422, content: []string{"body.size"}},
		{name: "too many", as: "operator", method: "POST", path: "/api/v1/layouts", body: `{"name":"x","size":1,"cells":["{gate}","{yard}"]}`, status: 422, content: []string{"layout_cells"}},
		{name: "another's", as: "colleague", method: "PUT", path: path, body: `{"name":"mine","size":1,"cells":[]}`, status: 403, content: []string{"layout_not_yours"}},
		{name: "replace", as: "operator", method: "PUT", path: path, body: `{"name":"日班","size":1,"cells":["{yard}"],"shared":false}`, status: 200, content: []string{`"日班"`}},
		{name: "no more shared", as: "colleague", path: "/api/v1/layouts", status: 200, content: []string{`"items":[]`}},
		{name: "delete another's", as: "colleague", method: "DELETE", path: path, status: 404},
		{name: "delete", as: "operator", method: "DELETE", path: path, status: 204},
		{name: "gone", as: "operator", method: "DELETE", path: path, status: 404, content: []string{"layout_unknown"}},
	})
}

func TestSystem(t *testing.T) {
	h := newHouse(t)
	h.run([]scenario{
		{name: "guest", path: "/api/v1/system", status: 401},
		{name: "operator", as: "operator", path: "/api/v1/system", status: 200, content: []string{
			`"version":"v0.0-test"`, `"engine":"sqlite"`, `"ok":true`, `"state":"ok"`, `"goroutines"`, `"available":true`, `"alarms":[]`, `"listen":"127.0.0.1:8080"`,
		}},
		{name: "storage", as: "technician", path: "/api/v1/storage", status: 200, content: []string{
			`"folder":"/data/recordings"`, `"whenFull":"ask"`, `"cameras":1`, `"name":"cloud"`, `"state":"away"`, `"segments":4`, `"oldest":"1970-01-01T00:01:00Z"`,
		}},
		{name: "storage as operator", as: "operator", path: "/api/v1/storage", status: 403, content: []string{"storage.read"}},
		{name: "health", path: "/healthz", status: 200, content: []string{`"ok"`}},
		{name: "ready", path: "/readyz", status: 200, content: []string{`"ready":true`}},
		{name: "acts as operator", as: "operator", path: "/api/v1/acts", status: 403},
		{name: "acts", as: "auditor", path: "/api/v1/acts?limit=2", status: 200, content: []string{`"next":"`, `"kind":"session.opened"`}},
		{name: "acts of a chapter", as: "auditor", path: "/api/v1/acts?kind=camera.", status: 200, content: []string{`"camera.created"`, `"by":"command_line"`}, not: []string{"session.opened"}},
		{name: "too many acts", as: "auditor", path: "/api/v1/acts?limit=5000", status: 422, content: []string{`"value":5000`}},
	})
	o := get[system.Overview](h, "operator", "GET", "/api/v1/system", "", 200)
	if o.Process.RSSBytes <= 0 || o.Process.OpenFiles <= 0 || o.Process.CPUSeconds <= 0 || o.UptimeSeconds <= 0 {
		t.Errorf("%+v", o.Process)
	}
	h.system.state = "failing"
	h.run([]scenario{
		{name: "not ready", path: "/readyz", status: 503, content: []string{`"ready":false`, `"storage":"failing"`}},
		{name: "alarm", as: "operator", path: "/api/v1/system", status: 200, content: []string{`"code":"storage_failing"`}},
	})
	if err := h.deps.DB.Close(); err != nil {
		t.Fatal(err)
	}
	h.run([]scenario{
		{name: "no database", path: "/readyz", status: 503, content: []string{`"database":"unavailable"`}, not: []string{"sql"}},
		{name: "nor answers", as: "operator", path: "/api/v1/cameras", status: 500, content: []string{`"internal_error"`}, not: []string{"sql", "closed"}},
	})
}

func TestFiguresOnLoopback(t *testing.T) {
	h := newHouse(t)
	h.send("guest", "GET", "/api/v1/nothing/secret-path", "")
	r := h.request("guest", "GET", "/metrics", "")
	r.RemoteAddr, r.Host = "127.0.0.1:5000", "localhost:8080"
	w := serve(h.handler, r)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `route="other"`) || strings.Contains(w.Body.String(), "secret-path") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for name, through := range map[string]func(){
		"names who asks":        func() { r.Header.Set("X-Forwarded-For", "203.0.113.9") },
		"names itself":          func() { r.Header.Set("Via", "1.1 proxy") },
		"passes on the name":    func() { r.Host = "watch.example.org" },
		"puts in its own":       func() { r.Host = "watchroom_upstream" },
		"asks by the net's":     func() { r.Host = "192.0.2.5:8080" },
		"names the scheme only": func() { r.Header.Set("X-Forwarded-Proto", "https") },
	} {
		through()
		if w := serve(h.handler, r); w.Code != 401 {
			t.Errorf("a proxy on this machine that %s opens the figures to everybody: %d", name, w.Code)
		}
		r.Host, r.Header = "localhost:8080", http.Header{}
	}
}

// TestWhereADeviceIsStaysWithWhoSetsItUp: addresses and user names of devices are in no answer to
// anybody who does not configure the camera, neither in the register nor in the trail.
func TestWhereADeviceIsStaysWithWhoSetsItUp(t *testing.T) {
	clause.Covers(t, "C101")
	h := newHouse(t)
	const where = "10.7.7.7"
	made := get[struct{ ID string }](h, "technician", "POST", "/api/v1/cameras", `{"name":"vault","main":{"url":"rtsp://`+where+`/a","username":"fitter-of-7"}}`, 201)
	one := "/api/v1/cameras/" + made.ID
	get[struct{ ID string }](h, "technician", "PATCH", one, `{"main":{"url":"rtsp://`+where+`/b"},"sub":{"url":"rtsp://`+where+`/c"}}`, 200)
	hidden := []string{where, "fitter-of-7"}
	for _, as := range []string{"operator", "duty_lead", "supervisor", "auditor", "leader"} {
		paths := []string{"/api/v1/cameras", one}
		if as != "operator" {
			paths = append(paths, "/api/v1/acts?kind=camera.&limit=50")
		}
		for _, path := range paths {
			h.run([]scenario{{name: as + " " + path, as: as, path: path, status: 200, content: []string{made.ID}, not: hidden}})
		}
	}
	for _, as := range []string{"administrator", "technician"} {
		h.run([]scenario{{name: as, as: as, path: one, status: 200, content: hidden}})
	}
	h.run([]scenario{
		{name: "in the trail of who sets it up", as: "administrator", path: "/api/v1/acts?kind=camera.&limit=50", status: 200, content: []string{where}},
		{name: "taken out as a table", as: "auditor", method: "POST", path: "/api/v1/acts/export?kind=camera.", body: `{"format":"csv","reason":"quarterly audit"}`, status: 200, not: hidden},
	})
}
