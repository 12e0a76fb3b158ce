//! `camera` and `image`: pictures pass by and are not kept; the state says when the last one came.

use super::super::discovery::fields::Fields;
use super::{Built, Draft, Input, Kind, Role, common};

#[derive(Debug)]
struct Picture {
    /// A camera is idle between pictures.
    camera: bool,
}

pub(super) fn camera(fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut built = Built::new(Picture { camera: true }, "MQTT Camera");
    common::read(fields, &mut built, Role::Image, "topic", "");
    common::need_any(&built, fields, "a topic")?;
    built.initial = Some("idle");
    Ok(built)
}

pub(super) fn image(fields: &mut Fields<'_>) -> Result<Built, String> {
    let mut built = Built::new(Picture { camera: false }, "MQTT Image");
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
            Role::Image => draft.touched = true,
            _ => return Ok(()),
        }
        draft.set_state(if self.camera { "idle".to_owned() } else { input.now.to_string() }.as_str());
        Ok(())
    }
}
