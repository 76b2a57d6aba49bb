// Package camera answers for the register of cameras and their state.
package camera

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "Cameras"

type byID struct {
	ID string `path:"id" maxLength:"40"`
}

type createInput struct{ Body NewCamera }

type changeInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body CameraChange
}

type switchInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Switch
}

type retireInput struct {
	ID   string `path:"id" maxLength:"40"`
	Body Retirement
}

type probeInput struct{ Body Probe }

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	route.Do(r, route.Operation{
		ID: "listCameras", Method: http.MethodGet, Path: "/api/v1/cameras", Tag: tag, Demand: route.Needs(access.CameraRead).WhileLocked(),
		Summary: "List all cameras with their state",
		About:   "Retired cameras are listed too: their footage is still there.",
	}, x.list)
	route.Do(r, route.Operation{
		ID: "createCamera", Method: http.MethodPost, Path: "/api/v1/cameras", Tag: tag, Demand: route.Needs(access.CameraConfigure), Status: http.StatusCreated,
		Summary: "Register a camera",
		About:   "It begins to record at once, provisionally. Sound is recorded only where a purpose is named.",
	}, x.create)
	route.Do(r, route.Operation{
		ID: "getCamera", Method: http.MethodGet, Path: "/api/v1/cameras/{id}", Tag: tag, Demand: route.Needs(access.CameraRead).WhileLocked(),
		Summary: "Read a camera with its state",
	}, x.read)
	route.Do(r, route.Operation{
		ID: "changeCamera", Method: http.MethodPatch, Path: "/api/v1/cameras/{id}", Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "Change some of a camera",
		About:   "A password that is left out stays as it is, unless the address changes to another host.",
	}, x.change)
	route.Do(r, route.Operation{
		ID: "switchCamera", Method: http.MethodPost, Path: "/api/v1/cameras/{id}/switch", Tag: tag, Demand: route.Needs(access.CameraSwitch),
		Summary: "Switch a camera off or on, with a reason",
	}, x.switchIt)
	route.Do(r, route.Operation{
		ID: "retireCamera", Method: http.MethodPost, Path: "/api/v1/cameras/{id}/retire", Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "Take a camera out of service for good",
	}, x.retire)
	route.Do(r, route.Operation{
		ID: "testCamera", Method: http.MethodPost, Path: "/api/v1/cameras/test", Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "Test a connection before saving it",
		About:   "Connects for some seconds and answers with what the device offers and one picture. The address of a registered camera gives a picture only to those who may watch it live, otherwise figures alone; the act says which. A test that fails is an answer too: ok is false and the reason says why.",
	}, x.probe)
	route.Do(r, route.Operation{
		ID: "listLostCameras", Method: http.MethodGet, Path: "/api/v1/cameras/lost", Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "List cameras that the database does not know",
		About:   "They are in the recorder's own copy, or footage of them is on the disks: the database was lost, or an older one was put back.",
	}, x.lost)
	route.Do(r, route.Operation{
		ID: "recoverCameras", Method: http.MethodPost, Path: "/api/v1/cameras/recover", Tag: tag, Demand: route.Needs(access.CameraConfigure),
		Summary: "Take lost cameras back under the ids that they had",
		About:   "Answers with those that were taken back; an act says so of each. Those of which only footage is left come back as retired, named by their id.",
	}, x.recover)
	r.Plain(route.Operation{
		ID: "getCameraPicture", Method: http.MethodGet, Path: "/api/v1/cameras/{id}/picture.jpg", Tag: tag, Demand: route.Needs(access.LiveView).WhileLocked(),
		Summary: "Fetch the newest key frame as a picture",
		About:   "204 when there is none.",
		Parameters: []*huma.Param{route.InPath("id", "Camera."),
			route.Query("stream", "Which stream.", route.Word("main", "sub"))},
		Responses: route.Answers("200", "The picture.", "image/jpeg", "Watchroom-At"),
	}, x.picture)
}
