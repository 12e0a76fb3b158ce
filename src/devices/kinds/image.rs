//! `camera` and `image`: the picture is passed on; the state says when the last one came.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;

use super::super::discovery::fields::Fields;
use super::{Built, Draft, Input, Kind, Role, common};

#[derive(Debug)]
struct Picture {
    /// A camera is idle between pictures.
    camera: bool,
    /// Whether pictures come as base64, not as they are.
    base64: bool,
}

impl Picture {
    fn new(camera: bool, fields: &mut Fields<'_>) -> Self {
        let encoding = fields.text("image_encoding");
        Self { camera, base64: encoding.is_some_and(|encoding| encoding == "b64") }
    }

    fn decode(&self, payload: &[u8]) -> Result<Bytes, String> {
        if !self.base64 {
            return Ok(Bytes::copy_from_slice(payload));
        }
        let picture = STANDARD.decode(payload.trim_ascii());
        picture.map(Bytes::from).map_err(|error| format!("the picture is no base64: {error}"))
    }
}

pub(super) fn camera(fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut built = Built::new(Picture::new(true, fields), "MQTT Camera");
    common::read(fields, &mut built, Role::Image, "topic", "");
    common::need_any(&built, fields, "a topic")?;
    built.initial = Some("idle");
    Ok(built)
}

pub(super) fn image(fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut built = Built::new(Picture::new(false, fields), "MQTT Image");
    common::read(fields, &mut built, Role::Image, "image_topic", "");
    common::read(fields, &mut built, Role::Url, "url_topic", "url_template");
    common::need_any(&built, fields, "an image_topic or url_topic")?;
    Ok(built)
}

impl Kind for Picture {
    fn read(&self, role: Role, input: &Input<'_>, draft: &mut Draft<'_>) -> Result<(), String> {
        match role {
            Role::Url => {
                let url = input.text()?;
                if !url.starts_with("http://") && !url.starts_with("https://") {
                    return Err(format!("{url:?} is no web address"));
                }
                draft.set("image_url", url);
            }
            Role::Image if input.payload.bytes().is_empty() => return Ok(()),
            Role::Image => {
                draft.picture = Some(self.decode(input.payload.bytes())?);
                draft.touched = true;
            }
            _ => return Ok(()),
        }
        draft.set_state(if self.camera { "idle".to_owned() } else { input.now.to_string() }.as_str());
        Ok(())
    }
}
