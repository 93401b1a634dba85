//! The indexer function.

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{self as sdk, Environment, FunctionCode, FunctionConfiguration, LastUpdateStatus, Runtime, State};
use futures_util::join;

use super::clients::with_a_zip;
use super::error::passing::{ENTITY_NEW, FUNCTION_BUSY, FUNCTION_LEAVING, FUNCTION_NEW, ROLE_NEW};
use super::error::{AwsError, Class, Named as _};
use super::role::{self, RoleCheck};
use super::wait::{Progress, Wait, retry};
use super::{Aws, gone, if_shown, is_soon_ours, optional, seen_optional};
use crate::bundle;
use crate::error::Error;
use crate::plan::{Action, Change, Mark};
use crate::resource::compare::Field;
use crate::resource::function::{Function, Observed};
use crate::resource::tags::{BINDING, ROLE_ID, TagMap};
use crate::resource::{Kind, Seen};

const READY: Wait = Wait::seconds("for the function to become ready", 300);
const GONE: Wait = Wait::seconds("for the function to be gone", 120);

/// Reads the function: configuration, code hash and tags in one call.
///
/// # Errors
/// Anything but *absent* and *not allowed*.
pub async fn observe(aws: &Aws, name: &str) -> Result<Seen<Observed>, AwsError> {
    let output = aws.lambda.get_function().function_name(name).send().await.named("lambda:GetFunction", name);
    seen_optional(output.and_then(|output| observed(name, output)))
}

/// Nothing for a function that is being deleted: it is as good as gone; creating waits for its end (L11).
fn observed(name: &str, output: GetFunctionOutput) -> Result<Option<Observed>, AwsError> {
    // Without lambda:ListTags the rest is answered all the same; then nobody knows whose function it is.
    if let Some(error) = output.tags_error() {
        return Err(AwsError::told("lambda:ListTags", name, Class::Denied, error.error_code(), error.message()));
    }
    let configuration = output.configuration.unwrap_or_else(|| FunctionConfiguration::builder().build());
    if configuration.state() == Some(&State::Deleting) {
        return Ok(None);
    }
    let failed = failure(configuration.state(), configuration.state_reason())
        .or_else(|| update_failure(configuration.last_update_status(), configuration.last_update_status_reason()));
    let architecture = configuration.architectures().first().map_or("x86_64", sdk::Architecture::as_str).to_owned();
    Ok(Some(Observed {
        tags: output.tags.unwrap_or_default().into_iter().collect(),
        architecture,
        runtime: configuration.runtime().map(|runtime| runtime.as_str().to_owned()).unwrap_or_default(),
        // Lambda answers all the same, as if there were no environment.
        unreadable: configuration.environment().and_then(|it| it.error()).map(|error| given(error.message())),
        environment: configuration.environment.and_then(|it| it.variables).unwrap_or_default().into_iter().collect(),
        role_arn: configuration.role.unwrap_or_default(),
        handler: configuration.handler.unwrap_or_default(),
        memory: configuration.memory_size.unwrap_or_default(),
        timeout: configuration.timeout.unwrap_or_default(),
        code_sha256: configuration.code_sha256.unwrap_or_default(),
        failed,
    }))
}

/// Why Lambda could not make the function ready, if it could not.
fn failure(state: Option<&State>, reason: Option<&str>) -> Option<String> {
    (state == Some(&State::Failed)).then(|| given(reason))
}

/// Why Lambda has not taken the last update, if it has not.
fn update_failure(status: Option<&LastUpdateStatus>, reason: Option<&str>) -> Option<String> {
    (status == Some(&LastUpdateStatus::Failed)).then(|| given(reason))
}

fn given(reason: Option<&str>) -> String {
    reason.unwrap_or("Lambda gives no reason").to_owned()
}

/// Creates the function or changes what the plan names, waiting after each update (L6).
///
/// # Errors
/// A zip that Lambda could not run; what Lambda refuses for good.
pub async fn put(aws: &Aws, want: &Function, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let mut touches_code = change.touches(Field::Code) || change.touches(Field::Architecture);
    let configuration = [Field::Role, Field::Runtime, Field::Handler, Field::Memory, Field::Timeout, Field::Environment]
        .map(|field| change.touches(field));
    let mut touches_configuration = configuration.contains(&true);
    let binds_anew = change.action == Action::Update && change.touches(Field::RoleId);
    let create_it = change.action == Action::Create;
    if create_it {
        if want.stand_in_is_left {
            role::delete_stand_in(aws, &want.stand_in.0, progress).await?;
        }
        let made = create(aws, want, progress).await?;
        // Made by an attempt whose answer was lost (G3), perhaps with other settings: written again.
        (touches_code, touches_configuration) = (!made, !made);
    }
    // What hangs on it is written when it is known as ours.
    if change.adopts() {
        put_tags(aws, &want.arn, want.tags.at_birth(), progress).await?;
    }
    progress.reach(Mark::Effective);
    // A cut-off run may have left the function pending or being updated (L5, L6): then Lambda refuses an update until that is over.
    if touches_code {
        update_code(aws, want, progress).await?;
        if touches_configuration || binds_anew {
            wait_ready(aws, &want.name, progress).await?;
        }
    }
    if binds_anew {
        begin_to_bind(aws, want, change, progress).await?;
    }
    if touches_configuration || binds_anew {
        update_configuration(aws, want, &want.settings.role_arn, progress).await?;
    }
    if binds_anew {
        wait_ready(aws, &want.name, progress).await?;
        role::delete_stand_in(aws, &want.stand_in.0, progress).await?;
        put_role_id(aws, want, &role_id(aws, want, progress).await?, progress).await?;
    }
    let ready = async {
        if !binds_anew && (create_it || touches_code || touches_configuration) {
            wait_ready(aws, &want.name, progress).await?;
        }
        progress.reach(Mark::Settled);
        Ok(())
    };
    let (ready, tagged) = join!(ready, tag(aws, want, change, progress));
    ready.and(tagged)
}

/// Writes the tags that differ, the record of what was applied among them.
async fn tag(aws: &Aws, want: &Function, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    let removed = change.removed_tags();
    if !removed.is_empty() {
        let request = aws.lambda.untag_resource().resource(&want.arn).set_tag_keys(Some(removed));
        let call = async || request.clone().send().await.named("lambda:UntagResource", &want.arn);
        retry(progress, &[FUNCTION_BUSY, FUNCTION_NEW], call).await?;
    }
    if change.touches_tags() {
        put_tags(aws, &want.arn, &want.tags.all(), progress).await?;
    }
    Ok(())
}

/// L4: Lambda grants the use of the key that encrypts the variables to the role that it is given, by the role's unique id, and only when it is given
/// *another* role. So a second role with the same rights stands in for a moment. The function is never gone, is called all the time, and keeps its
/// policy and the queue of events that it could not take: deleting it would lose those, and each that comes meanwhile.
///
/// The tag tells the next run, should this one be cut off.
async fn begin_to_bind(aws: &Aws, want: &Function, change: &Change, progress: Progress<'_>) -> Result<(), Error> {
    put_role_id(aws, want, BINDING, progress).await?;
    if change.touches(Field::Role) {
        // It has another role already.
        return Ok(());
    }
    let (_, stand_in) = &want.stand_in;
    role::put_stand_in(aws, stand_in, progress).await?;
    update_configuration(aws, want, &stand_in.arn, progress).await?;
    wait_ready(aws, &want.name, progress).await
}

async fn put_role_id(aws: &Aws, want: &Function, id: &str, progress: Progress<'_>) -> Result<(), Error> {
    put_tags(aws, &want.arn, &TagMap::from([(ROLE_ID.to_owned(), id.to_owned())]), progress).await
}

/// The id of the role as it was seen, or that of the role that this run has made.
async fn role_id(aws: &Aws, want: &Function, progress: Progress<'_>) -> Result<String, Error> {
    match want.role_id.clone().or_else(|| progress.id_of(Kind::Role)) {
        Some(id) => Ok(id),
        None => role::read_id(aws, &want.settings.role_arn, progress).await,
    }
}

/// Adds and changes tags; others stay.
async fn put_tags(aws: &Aws, arn: &str, tags: &TagMap, progress: Progress<'_>) -> Result<(), Error> {
    let request = aws.lambda.tag_resource().resource(arn).set_tags(Some(tags.clone().into_iter().collect()));
    let call = async || request.clone().send().await.named("lambda:TagResource", arn);
    retry(progress, &[FUNCTION_BUSY, FUNCTION_NEW], call).await?;
    Ok(())
}

/// `false` when it was there already, and ours.
async fn create(aws: &Aws, want: &Function, progress: Progress<'_>) -> Result<bool, Error> {
    let zip = bundle::indexer(want.architecture)?;
    let (name, settings) = (want.name.as_str(), &want.settings);
    let mut tags = want.tags.at_birth().clone();
    tags.insert(ROLE_ID.to_owned(), role_id(aws, want, progress).await?);
    let request = aws
        .lambda
        .create_function()
        .function_name(name)
        .role(&settings.role_arn)
        .runtime(Runtime::from(settings.runtime))
        .handler(settings.handler)
        .memory_size(settings.memory)
        .timeout(settings.timeout)
        .architectures(sdk::Architecture::from(settings.architecture))
        .environment(environment(want))
        .code(FunctionCode::builder().zip_file(Blob::new(zip.bytes)).build())
        .set_tags(Some(tags.into_iter().collect()));
    let mut role = RoleCheck::new(&settings.role_arn);
    let call = async || match request
        .clone()
        .customize()
        .config_override(with_a_zip())
        .send()
        .await
        .named("lambda:CreateFunction", name)
    {
        Ok(_) => Ok(None),
        // There already, and not on its way out (L11).
        Err(error) if error.is_of_a_function() && is_there(aws, name).await? => Ok(Some(error)),
        Err(error) => Err(role.explain(aws, error).await),
    };
    match retry(progress, &[ROLE_NEW, ENTITY_NEW, FUNCTION_LEAVING], call).await? {
        None => Ok(true),
        Some(_) if is_soon_ours(progress, async || is_ours(aws, want).await).await? => Ok(false),
        Some(error) => Err(AwsError { class: Class::Exists, ..error }.into()),
    }
}

async fn is_there(aws: &Aws, name: &str) -> Result<bool, AwsError> {
    let output = aws.lambda.get_function_configuration().function_name(name).send().await;
    let live = optional(output.named("lambda:GetFunctionConfiguration", name))?;
    Ok(live.is_some_and(|live| live.state() != Some(&State::Deleting)))
}

async fn is_ours(aws: &Aws, want: &Function) -> Result<Option<bool>, AwsError> {
    Ok(if_shown(&observe(aws, &want.name).await?, |live| want.tags.owns(&live.tags)))
}

async fn update_code(aws: &Aws, want: &Function, progress: Progress<'_>) -> Result<(), Error> {
    let zip = bundle::indexer(want.architecture)?;
    let request = aws
        .lambda
        .update_function_code()
        .function_name(&want.name)
        .zip_file(Blob::new(zip.bytes))
        .architectures(sdk::Architecture::from(want.settings.architecture));
    let call = async || {
        let request = request.clone().customize().config_override(with_a_zip());
        request.send().await.named("lambda:UpdateFunctionCode", &want.name)
    };
    retry(progress, &[FUNCTION_BUSY, FUNCTION_NEW], call).await.map(drop)
}

async fn update_configuration(aws: &Aws, want: &Function, role_arn: &str, progress: Progress<'_>) -> Result<(), Error> {
    let settings = &want.settings;
    let request = aws
        .lambda
        .update_function_configuration()
        .function_name(&want.name)
        .role(role_arn)
        .runtime(Runtime::from(settings.runtime))
        .handler(settings.handler)
        .memory_size(settings.memory)
        .timeout(settings.timeout)
        .environment(environment(want));
    let mut role = RoleCheck::new(role_arn);
    let call = async || match request.clone().send().await.named("lambda:UpdateFunctionConfiguration", &want.name) {
        Err(error) => Err(role.explain(aws, error).await),
        Ok(_) => Ok(()),
    };
    retry(progress, &[FUNCTION_BUSY, FUNCTION_NEW, ROLE_NEW, ENTITY_NEW], call).await
}

fn environment(want: &Function) -> Environment {
    Environment::builder().set_variables(Some(want.settings.environment.clone().into_iter().collect())).build()
}

/// Waits until the function is active and no update is under way (L5, L6).
async fn wait_ready(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    const CALL: &str = "lambda:GetFunctionConfiguration";
    let ask = async || {
        let live = aws.lambda.get_function_configuration().function_name(name).send().await.named(CALL, name)?;
        let (state, update) = (live.state(), live.last_update_status());
        // An update that is under way may make good what failed before it.
        let failed = (update != Some(&LastUpdateStatus::InProgress)).then(|| failure(state, live.state_reason())).flatten();
        match failed.or_else(|| update_failure(update, live.last_update_status_reason())) {
            Some(reason) => Err(AwsError::told(CALL, name, Class::Other, "Failed", &reason)),
            // Idle functions become inactive by themselves, and wake up. Without a status, an update is just beginning.
            None => {
                let active = matches!(state, Some(State::Active | State::Inactive));
                Ok((active && update == Some(&LastUpdateStatus::Successful)).then_some(()))
            }
        }
    };
    // A function made a moment ago may not be found yet.
    READY.until(progress, &[FUNCTION_NEW], ask).await
}

/// Deletes the function, with its resource policy, and waits until it is gone (L11).
///
/// # Errors
/// What Lambda refuses for good.
pub async fn delete(aws: &Aws, name: &str, progress: Progress<'_>) -> Result<(), Error> {
    let call =
        async || match gone(aws.lambda.delete_function().function_name(name).send().await.named("lambda:DeleteFunction", name)) {
            // Another run is deleting it, too.
            Err(error) if error.says("ResourceConflictException", "Deleting") => Ok(()),
            other => other,
        };
    retry(progress, &[FUNCTION_BUSY], call).await?;
    progress.reach(Mark::Effective);
    let ask = async || {
        let output = aws.lambda.get_function_configuration().function_name(name).send().await;
        Ok(optional(output.named("lambda:GetFunctionConfiguration", name))?.is_none().then_some(()))
    };
    GONE.until(progress, &[], ask).await
}
