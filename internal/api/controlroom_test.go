package api

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/uptrace/bun"

	"watchroom/internal/access"
	"watchroom/internal/access/account"
	"watchroom/internal/api/camera"
	"watchroom/internal/api/controlroom"
	"watchroom/internal/api/proposal"
	"watchroom/internal/api/rights"
	"watchroom/internal/api/route"
	"watchroom/internal/api/trace"
	"watchroom/internal/camera/roomcam"
	"watchroom/internal/ledger"
	"watchroom/internal/testkit/clause"
)

// rooms lets rights be decided by where cameras hang and which of them watch a control room.
func (h *house) rooms(areas map[string]string) {
	known := &roomcam.Known{Clock: h.deps.Clock}
	h.deps.Rights.Places = func(ctx context.Context, tx bun.IDB) (map[string]access.Place, error) {
		places := map[string]access.Place{}
		rooms, err := known.Cameras(ctx, tx)
		for c, a := range areas {
			places[c] = access.Place{Areas: []string{a}, Grade: 1, Room: rooms[c]}
		}
		return places, err
	}
	h.deps.Rooms.Changed = func(c string) { h.deps.Rights.Changed(); h.deps.Cameras.Tell(c) }
	h.deps.Rights.Changed()
}

// TestTheCameraOfTheControlRoom: whoever sets up cameras says of one that it watches the room;
// from then on those who keep watch play nothing back of it and change nothing, and everybody
// who decides about it still does. That it does no more takes two.
func TestTheCameraOfTheControlRoom(t *testing.T) {
	clause.Covers(t, "C019")
	clause.Covers(t, "C022")
	h := newHouse(t)
	h.rooms(map[string]string{h.gate: "east", h.yard: "west"})
	for _, as := range []string{"supervisor", "operator", "duty_lead"} {
		h.person(as)
	}
	const list = "/api/v1/control-rooms"
	if rooms := get[controlroom.ControlRooms](h, "operator", "GET", list, "", 200); !rooms.None || len(rooms.Items) != 0 {
		t.Errorf("%+v", rooms)
	}
	viewing := fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.yard, h.stamp(-60), h.stamp(-50))
	open := get[struct{ ID string }](h, "operator", "POST", "/api/v1/viewings", viewing, 201).ID
	thumbnail := "/api/v1/viewings/" + open + "/cameras/" + h.yard + "/thumbnail.jpg?at=" + h.stamp(-55)
	marked := get[controlroom.ControlRoom](h, "technician", "PUT", "/api/v1/cameras/"+h.yard+"/control-room", `{"name":"一号楼监控室","networks":["192.0.2.0/24"]}`, 200)
	if marked.Camera != h.yard || marked.MarkedBy != h.person("technician") || len(marked.Networks) != 1 {
		t.Errorf("%+v", marked)
	}
	for as, networks := range map[string]int{"operator": 0, "duty_lead": 1, "technician": 1} {
		if rooms := get[controlroom.ControlRooms](h, as, "GET", list, "", 200); rooms.None || len(rooms.Items) != 1 || len(rooms.Items[0].Networks) != networks {
			t.Errorf("%s: %+v", as, rooms)
		}
	}
	for as, aside := range map[string]bool{"operator": true, "supervisor": false} {
		for _, c := range get[route.List[camera.Camera]](h, as, "GET", "/api/v1/cameras", "", 200).Items {
			if (c.ControlRoom != "") != (c.ID == h.yard) || c.Aside != (aside && c.ID == h.yard) {
				t.Errorf("%s: %+v", as, c)
			}
		}
	}
	switched := `{"enabled":false,"reason":"to see what happens"}`
	h.run([]scenario{
		{name: "a guard plays back", as: "operator", method: "POST", path: "/api/v1/viewings", body: viewing, status: 403, content: []string{"right_control_room", `"position":"operator"`, `"deciders":["supervisor","leader"]`, `"rule":"built-in/control_room"`}},
		{name: "a viewing that was open", as: "operator", path: thumbnail, status: 403},
		{name: "a guard looks live", as: "operator", path: "/api/v1/cameras/{yard}/picture.jpg", status: 200},
		{name: "a picture", as: "operator", method: "POST", path: "/api/v1/snapshots", body: `{"camera":"` + h.yard + `"}`, status: 403, content: []string{"right_control_room"}},
		{name: "a bookmark", as: "duty_lead", method: "POST", path: "/api/v1/bookmarks", body: `{"camera":"` + h.yard + `","at":"` + h.stamp(-50) + `","title":"x"}`, status: 403, content: []string{"right_control_room"}},
		{name: "switched off", as: "duty_lead", method: "POST", path: "/api/v1/cameras/{yard}/switch", body: switched, status: 403, content: []string{"right_control_room"}},
		{name: "maintenance", as: "duty_lead", method: "POST", path: "/api/v1/maintenance", body: `{"cameras":["` + h.yard + `"],"to":"` + h.stamp(600) + `","reason":"a lens"}`, status: 403, content: []string{"right_control_room"}},
		{name: "a supervisor plays back", as: "supervisor", method: "POST", path: "/api/v1/viewings", body: viewing, status: 201},
		{name: "a guard at the gate", as: "operator", method: "POST", path: "/api/v1/viewings", body: fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, h.stamp(-60), h.stamp(-50)), status: 201},
		{name: "a guard marks", as: "duty_lead", method: "PUT", path: "/api/v1/cameras/{gate}/control-room", body: `{"name":"x","networks":[]}`, status: 403},
		{name: "what is no network", as: "technician", method: "PUT", path: "/api/v1/cameras/{gate}/control-room", body: `{"name":"x","networks":["desk"]}`, status: 422, content: []string{"room_network", "body.networks"}},
		{name: "without a reason", as: "technician", method: "POST", path: "/api/v1/cameras/{yard}/control-room/end", body: `{"reason":""}`, status: 422, content: []string{"room_reason", "body.reason"}},
		{name: "as Cedar", as: "auditor", path: "/api/v1/rights/cedar?part=policies", status: 200, content: []string{`@id("built-in/control_room")`, "resource.room"}},
	})
	why := get[rights.Explanation](h, "auditor", "GET", "/api/v1/rights/explain?action=playback.view&camera="+h.yard+"&person="+h.person("operator"), "", 200)
	if d := why.Decisions[0]; d.Allowed || d.Lack != "room" || d.Position != "operator" || len(d.Steps) != 1 || d.Steps[0].Lack != "room" || len(d.Deciders) != 2 {
		t.Errorf("%+v", d)
	}

	end := get[controlroom.ControlRoomEnd](h, "technician", "POST", "/api/v1/cameras/"+h.yard+"/control-room/end", `{"reason":"the desk was moved"}`, 200)
	waits := get[route.List[proposal.Proposal]](h, "supervisor", "GET", "/api/v1/proposals?state=proposed", "", 200).Items
	if len(waits) != 1 || waits[0].ID != end.Waiting || waits[0].Kind != "room" || waits[0].Subject != h.yard || waits[0].RoomBefore != "一号楼监控室" || waits[0].Reason != "the desk was moved" {
		t.Fatalf("%+v", waits)
	}
	h.run([]scenario{
		{name: "it waits", as: "operator", method: "POST", path: "/api/v1/viewings", body: viewing, status: 403},
		{name: "who proposed", as: "technician", method: "POST", path: "/api/v1/proposals/" + end.Waiting + "/approve", body: `{}`, status: 403},
		{name: "another confirms", as: "supervisor", method: "POST", path: "/api/v1/proposals/" + end.Waiting + "/approve", body: `{}`, status: 204},
		{name: "as before", as: "operator", method: "POST", path: "/api/v1/viewings", body: viewing, status: 201},
		{name: "once more", as: "technician", method: "POST", path: "/api/v1/cameras/{yard}/control-room/end", body: `{"reason":"the desk was moved"}`, status: 404, content: []string{"room_unknown"}},
	})
	h.recorded()

	h.holds("supervisor", access.Supervisor, "east") // who sees nothing of the west
	get[controlroom.ControlRoom](h, "technician", "PUT", "/api/v1/cameras/"+h.yard+"/control-room", `{"name":"一号楼监控室","networks":[]}`, 200)
	if rooms := get[controlroom.ControlRooms](h, "supervisor", "GET", list, "", 200); rooms.None || len(rooms.Items) != 0 {
		t.Errorf("%+v", rooms)
	}
}

// TestALeakedPictureLeadsToTheRoom: who follows a leaked picture is told what the camera of the
// control room saw while somebody looked, and whether they may play it back.
func TestALeakedPictureLeadsToTheRoom(t *testing.T) {
	clause.Covers(t, "C115")
	h, _ := photographed(t)
	h.rooms(map[string]string{h.gate: "east", h.yard: "west"})
	viewing := fmt.Sprintf(`{"cameras":[%q],"from":%q,"to":%q,"purpose":"incident","reason":"南门附近有人倒地"}`, h.gate, h.stamp(-60), h.stamp(-50))
	get[struct{ ID string }](h, "operator", "POST", "/api/v1/viewings", viewing, 201)
	h.recorded()
	ask := func(as string) []trace.TraceRoom {
		t.Helper()
		found := get[trace.Trace](h, as, "POST", "/api/v1/traces", fmt.Sprintf(`{"camera":%q,"at":%q}`, h.gate, h.stamp(-55)), 200)
		if len(found.Looks) != 1 || found.Looks[0].To == nil {
			t.Fatalf("%+v", found)
		}
		return found.Looks[0].Rooms
	}
	mark := func(networks string) {
		t.Helper()
		get[controlroom.ControlRoom](h, "technician", "PUT", "/api/v1/cameras/"+h.yard+"/control-room", `{"name":"监控室","networks":[`+networks+`]}`, 200)
	}
	if rooms := ask("supervisor"); rooms != nil {
		t.Errorf("no room has a camera: %+v", rooms)
	}
	mark(`"192.0.2.0/24"`) // of which requests of tests come
	rooms := ask("supervisor")
	if len(rooms) != 1 || rooms[0].Camera != h.yard || rooms[0].Name != "监控室" || rooms[0].Possible || !rooms[0].Playable || !rooms[0].From.Before(rooms[0].To) {
		t.Errorf("%+v", rooms)
	}
	if rooms := ask("duty_lead"); len(rooms) != 1 || rooms[0].Playable {
		t.Errorf("who sits in the room may play it back: %+v", rooms)
	}
	acts, _, err := ledger.List(t.Context(), h.deps.DB.Read(), ledger.Filter{Kind: "mark.traced", Limit: 1})
	if told, _ := acts[0].Detail["rooms"].([]any); err != nil || len(told) != 1 || told[0] != h.yard {
		t.Errorf("%+v, %v", acts, err)
	}
	mark(`"10.77.0.0/16"`)
	if rooms := ask("supervisor"); rooms != nil {
		t.Errorf("of another room: %+v", rooms)
	}
	mark("")
	if rooms := ask("supervisor"); len(rooms) != 1 || !rooms[0].Possible {
		t.Errorf("nobody knows which computers: %+v", rooms)
	}
	h.holds("supervisor", access.Supervisor, "east")
	if rooms := ask("supervisor"); rooms != nil {
		t.Errorf("elsewhere: %+v", rooms)
	}
}

// TestWhoSitsInTheRoomConfirmsNothingAboutItsCamera, though the right to confirm is about none: a
// lower grade, fewer masks, less recording. Somebody else does.
func TestWhoSitsInTheRoomConfirmsNothingAboutItsCamera(t *testing.T) {
	clause.Covers(t, "C022")
	h := newHouse(t)
	h.rooms(map[string]string{h.gate: "east", h.yard: "west"})
	h.person("leader")
	held := access.Everywhere(access.Supervisor, access.Operator)
	if _, err := h.deps.Access.ChangePerson(t.Context(), access.CommandLine(), h.person("deputy"), account.PersonChange{Holdings: &held}); err != nil {
		t.Fatal(err)
	}
	for _, camera := range []string{h.yard, h.gate} { // of which the first is the room's
		path := "/api/v1/cameras/" + camera
		h.send("technician", "PATCH", path, `{"grade":3}`)
		h.send("technician", "PUT", path+"/masks", leftHalf)
		if camera == h.yard {
			get[controlroom.ControlRoom](h, "technician", "PUT", path+"/control-room", `{"name":"监控室","networks":[]}`, 200)
		}
		h.send("technician", "PATCH", path, `{"grade":1,"gradeReason":"nothing to see"}`)
		h.send("technician", "PUT", path+"/masks", `{"masks":[],"device":"","reason":"nothing to see"}`)
		h.send("supervisor", "POST", "/api/v1/schedules", fmt.Sprintf(`{"camera":%q,"kind":"business_hours","hours":[{"days":[1],"from":"08:00","to":"09:00"}],"stops":true,"reason":"nothing to see"}`, camera))
	}
	kinds := map[string]int{}
	for _, p := range get[route.List[proposal.Proposal]](h, "leader", "GET", "/api/v1/proposals?state=proposed", "", 200).Items {
		approve := "/api/v1/proposals/" + p.ID + "/approve"
		kinds[p.Kind]++
		if p.Subject == h.yard {
			if w := h.send("deputy", "POST", approve, `{}`); w.Code != 403 || !strings.Contains(w.Body.String(), "right_control_room") {
				t.Errorf("%s: %d %s", p.Kind, w.Code, w.Body)
			}
			get[struct{}](h, "leader", "POST", approve, `{}`, 204)
			continue
		}
		get[struct{}](h, "deputy", "POST", approve, `{}`, 204)
	}
	if kinds["grade"] != 2 || kinds["mask"] != 2 || kinds["schedule"] != 2 {
		t.Errorf("%v", kinds)
	}
	// Of the schedule of the whole site as well, which the camera may follow.
	h.send("supervisor", "POST", "/api/v1/schedules", `{"kind":"business_hours","hours":[{"days":[1],"from":"08:00","to":"09:00"}],"stops":true,"reason":"nothing to see"}`)
	site := get[route.List[proposal.Proposal]](h, "leader", "GET", "/api/v1/proposals?state=proposed", "", 200).Items
	if len(site) != 1 || site[0].Subject != "site" {
		t.Errorf("%+v", site)
	}
	for _, p := range site {
		if w := h.send("deputy", "POST", "/api/v1/proposals/"+p.ID+"/approve", `{}`); w.Code != 403 || !strings.Contains(w.Body.String(), "right_control_room") {
			t.Errorf("%s %s: %d %s", p.Kind, p.Subject, w.Code, w.Body)
		}
	}
}
