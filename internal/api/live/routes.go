// Package live answers for moving pictures of now: which ways there are, WHEP for
// WebRTC and fragments over a WebSocket. The act of looking is in the local,
// synced journal before any picture (ruling R6).
package live

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"watchroom/internal/access"
	"watchroom/internal/api/route"
)

const tag = "Live"

type optionsInput struct {
	Camera string `path:"camera" maxLength:"40"`
	Stream string `query:"stream" enum:"main,sub" default:"main" doc:"The stream that the client would rather have."`
	WHEP   string `query:"whep" maxLength:"200" doc:"Codecs that the client decodes over WebRTC, such as h264,opus; left out: everything but H.265."`
	MSE    string `query:"mse" maxLength:"200" doc:"Codecs that it decodes with Media Source Extensions, such as h264,h265,aac."`
}

// Register adds the routes.
func (x *Routes) Register(r *route.Router) {
	demand := route.Needs(access.LiveView).WhileLocked()
	which := route.Query("stream", "main (if left out) or sub.", route.Word("main", "sub"))
	second := route.Query("second", "Ask to which a second person has agreed, where the rules demand one.", route.Text())
	route.Do(r, route.Operation{
		ID: "getLiveOptions", Method: http.MethodGet, Path: "/api/v1/live/{camera}/options", Tag: tag, Demand: demand,
		Summary: "Read in which ways a camera can be watched now, and why not in others",
	}, x.options)
	r.Plain(route.Operation{
		ID: "openWHEP", Method: http.MethodPost, Path: "/api/v1/live/{camera}/whep", Tag: tag, Demand: demand,
		Summary:    "Watch over WebRTC (WHEP)",
		About:      "Post the offer, get the answer. 406 codec_not_offered when the client does not take the camera's codec, 503 camera_not_live, 403 viewing_second without a second person where the rules demand one.",
		Parameters: []*huma.Param{route.InPath("camera", "Camera."), which, second},
		Request: &huma.RequestBody{Required: true, Description: "The offer.",
			Content: map[string]*huma.MediaType{"application/sdp": {Schema: route.Text()}}},
		Responses: route.Answers("201", "The answer.", "application/sdp", "Location", "Watchroom-Stream", "Watchroom-Audio"),
	}, x.openWHEP)
	r.Plain(route.Operation{
		ID: "trickleWHEP", Method: http.MethodPatch, Path: "/api/v1/live/sessions/{id}", Tag: tag, Demand: demand,
		Summary:    "Add candidates to one's WHEP session",
		Parameters: []*huma.Param{route.InPath("id", "Live session, from the Location header.")},
		Request: &huma.RequestBody{Required: true, Description: "RFC 8840 fragment.",
			Content: map[string]*huma.MediaType{"application/trickle-ice-sdpfrag": {Schema: route.Text()}}},
		Responses: route.Answers("204", "Taken.", ""),
	}, x.trickle)
	r.Plain(route.Operation{
		ID: "closeWHEP", Method: http.MethodDelete, Path: "/api/v1/live/sessions/{id}", Tag: tag, Demand: demand,
		Summary:    "End one's WHEP session",
		About:      "May be asked again: what has ended already is no error.",
		Parameters: []*huma.Param{route.InPath("id", "Live session.")},
		Responses:  route.Answers("204", "It runs no longer.", ""),
	}, x.closeWHEP)
	r.Plain(route.Operation{
		ID: "openMSE", Method: http.MethodGet, Path: "/api/v1/live/{camera}/mse", Tag: tag, Demand: demand,
		Summary: "Watch over a WebSocket, as fragments for Media Source Extensions",
		About: "Text {type:\"init\", mime, codec, width, height, wall, base} and one binary initialisation segment; then binary fragments. " +
			"A new run begins with a new init. {type:\"state\"} tells when the camera drops, {type:\"dropped\"} when this viewer was too slow. The client may send {type:\"pause\"} and {type:\"resume\"}.",
		Parameters: []*huma.Param{route.InPath("camera", "Camera."), which, second,
			route.Query("audio", "0 leaves the sound out; 1 if left out.", route.Switch())},
		Responses: route.Answers("101", "WebSocket.", ""),
	}, x.openMSE)
}
